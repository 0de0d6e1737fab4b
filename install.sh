#!/bin/sh
# Builds git-credential-grant from the source beside this file and installs it, or has testforge/demo show it at work. Needs Go and git.
# With --from it installs what a release has built instead, and needs minisign. It downloads nothing by itself.
set -eu
umask 022 # what is installed is for everybody to run, and for nobody else to change
unset CDPATH

name='git-credential-grant'
public_key='' # whose releases are trusted: release/build fills it in
source=$(cd -- "$(dirname -- "$0")" && pwd)
scratch='' part=''

main() {
	action=install prefix='' from='' yes=''
	while [ $# -gt 0 ]; do
		case $1 in
		--prefix)
			[ $# -gt 1 ] || misused "--prefix needs a directory"
			set_prefix "$2"
			shift
			;;
		--prefix=*) set_prefix "${1#*=}" ;;
		--yes) yes=1 ;;
		--from)
			[ -n "${2:-}" ] || misused "--from needs a directory"
			from=$2
			shift
			;;
		--uninstall | --purge | --demo)
			[ "$action" = install ] || misused "--uninstall, --purge and --demo exclude each other"
			action=${1#--}
			;;
		-h | --help)
			usage
			exit
			;;
		*) misused "unknown option $1" ;;
		esac
		shift
	done
	[ -z "$yes" ] || [ "$action" = purge ] || misused "--yes is for --purge"
	"do_$action"
}

usage() {
	cat <<'EOF'
Usage: ./install.sh [--prefix DIR]               build, and install DIR/bin/git-credential-grant, with its
                                                 manual page and completions below DIR/share
       ./install.sh --from RELEASE [--prefix DIR]
                                                 install what was built already: in the directory RELEASE are the archive
                                                 for this system, SHA256SUMS and SHA256SUMS.minisig, which are checked
       ./install.sh --uninstall [--prefix DIR]   take these files away again
       ./install.sh --purge [--yes] [--prefix DIR]
                                                 the same, and all else of it: sign out everywhere, forget the
                                                 OAuth clients, and take its lines out of git config
       ./install.sh --demo                       show it at work, in a throw-away home

DIR is ~/.local unless given. Installing asks nothing, and changes no configuration. Sign-ins outlast --uninstall, and so
do the lines in git config that call the program: on a terminal it asks whether to take them along.
EOF
}

misused() {
	printf 'install.sh: %s\n' "$1" >&2
	usage >&2
	exit 2
}

# fail MESSAGE HINT: the hint is the command that mends it.
fail() {
	printf 'install.sh: %s\nhint: %s\n' "$1" "$2" >&2
	exit 1
}

set_prefix() {
	[ -n "$1" ] || misused "--prefix needs a directory"
	prefix=$1
}

# ---- install and uninstall

do_install() {
	find_bin
	make_scratch
	if [ -n "$from" ]; then unpack; else need_go; fi
	need_git 2.18
	make_directory "${bin%/bin}"
	make_directory "$bin"
	[ -n "$from" ] || build . "$scratch/$name"
	replace "$scratch/$name" "$bin/$name" 755
	install_docs
	echo "installed $bin/$name, version ${version:-unknown}"
	check_path
	check_zsh
	echo "next: git-credential-grant setup https://bitbucket.org"
}

# docs lists the files below docs, and where they go below the prefix.
docs() {
	cat <<EOF
$name.1 share/man/man1/$name.1
completions/$name.bash share/bash-completion/completions/$name
completions/_$name share/zsh/site-functions/_$name
completions/$name.fish share/fish/vendor_completions.d/$name.fish
EOF
}

install_docs() {
	while read -r doc to; do
		make_directory "${bin%/bin}/${to%/*}"
		if [ -n "$from" ]; then doc=$unpacked/$to; else doc=$source/docs/$doc; fi
		replace "$doc" "${bin%/bin}/$to" 644
	done <<EOF
$(docs)
EOF
}

do_uninstall() {
	find_installed "command -v $name, and then: ./install.sh --uninstall --prefix DIR"
	echo "sign-ins and OAuth clients outlast it, and git goes on calling it where git"
	echo "config says so"
	if on_terminal && agreed "Sign out everywhere, and take all of that along?"; then
		purge
		remove_files
		return
	fi
	remove_files
	echo "to take all of that along after all: ./install.sh, and then: ./install.sh --purge"
}

do_purge() {
	find_installed "it knows where everything is, so install it once more: ./install.sh"
	if [ -z "$yes" ]; then
		on_terminal || fail "--purge asks first, and there is no terminal" "./install.sh --purge --yes"
		agreed "Sign out everywhere, forget the OAuth clients, and take its lines out of git config?" || exit 1
	fi
	purge
	remove_files
}

# find_installed HINT
find_installed() {
	find_bin
	[ -f "$bin/$name" ] || [ -L "$bin/$name" ] || fail "there is no $bin/$name" "$1"
}

on_terminal() { [ -t 0 ] && [ -t 1 ]; }

# agreed QUESTION
agreed() {
	while printf '%s [y/N] ' "$1" && read -r answer; do
		case $answer in
		[yY] | [yY][eE][sS]) return ;;
		'' | [nN] | [nN][oO]) return 1 ;;
		esac
	done
	exit 1
}

# purge ends with git config: as long as something else is left, git can still ask for it.
purge() {
	for step in "logout --all" "register --forget --all" "unconfigure --all"; do
		# shellcheck disable=SC2086 # these are words
		"$bin/$name" $step || fail "that is left, and so is the program" "see what is wrong: '$bin/$name' doctor; where nobody has the passphrase any more: rm -r '$(data_directory)'"
	done
	rm -rf -- "$(data_directory)" || fail "cannot remove it all" "sudo rm -r '$(data_directory)'"
}

# data_directory is where the program keeps its files (place in store/dir.go).
data_directory() {
	case $(uname -s):${XDG_DATA_HOME:-} in
	Darwin:*) echo "$HOME/Library/Application Support/$name" ;;
	*:/*) echo "$XDG_DATA_HOME/$name" ;;
	*) echo "$HOME/.local/share/$name" ;;
	esac
}

remove_files() {
	rm -f -- "$bin/$name" || fail "cannot remove $bin/$name" "sudo rm '$bin/$name'"
	docs | while read -r _ to; do rm -f -- "${bin%/bin}/$to" || fail "cannot remove it all" "sudo rm '${bin%/bin}/$to'"; done
	echo "removed $bin/$name"
}

# find_bin sets bin, as an absolute path.
find_bin() {
	if [ -z "$prefix" ]; then
		[ -n "${HOME:-}" ] || fail "HOME is not set" "./install.sh --prefix DIR"
		prefix=$HOME/.local
	fi
	case $prefix in
	/*) ;;
	*) prefix=$PWD/${prefix#./} ;;
	esac
	bin=${prefix%/}/bin
}

# replace FILE TARGET MODE: whoever runs the target meanwhile gets the old file or the new one, whole.
replace() {
	[ ! -d "$2" ] || fail "$2 is a directory" "move it away, then: ./install.sh"
	{ part=$(mktemp "${2%/*}/.$name.XXXXXX") && cp -- "$1" "$part" && chmod "$3" "$part" && mv -f -- "$part" "$2"; } ||
		fail "cannot write $2" "df -h '${2%/*}'"
	part=''
}

# make_directory DIR
make_directory() {
	place=$1
	until [ -d "$place" ]; do place=$(dirname -- "$place"); done
	check_place "$place"
	{ mkdir -p -- "$1" 2>/dev/null && [ -w "$1" ]; } ||
		fail "cannot write to $1" "./install.sh --prefix DIR, with a directory of your own"
}

# check_place DIR: whoever may change DIR can put another program there for git to run.
check_place() {
	is_roots "$1" ||
		fail "$1 does not belong to root" "install it without sudo, or for everybody: sudo -H ./install.sh --prefix /usr/local"
	[ -z "$(find "$1/." -prune -perm -0002 ! -perm -1000)" ] ||
		fail "everybody may write to $1" "chmod o-w '$1', or: ./install.sh --prefix DIR"
}

# is_roots DIR is asked of root only: others may use what somebody lets them use.
is_roots() { [ "$(id -u)" != 0 ] || [ -n "$(find "$1/." -prune -user 0 2>/dev/null)" ]; }

check_path() {
	case :$PATH: in
	*:"$bin":*) ;;
	*)
		echo "warning: $bin is not in PATH, so git will not find it. Add it:"
		echo "  $(path_line)"
		echo "and open a new terminal"
		return
		;;
	esac
	first=$(command -v "$name" || :)
	cmp -s "$first" "$bin/$name" || echo "warning: $first comes first in PATH; remove it: rm '$first'"
}

# path_line is for the shell that the person uses, not for this one.
path_line() {
	case ${SHELL:-} in
	*/fish) echo "fish_add_path '$bin'" ;;
	*/zsh) echo "echo 'export PATH=\"$bin:\$PATH\"' >>~/.zshrc" ;;
	*/bash) echo "echo 'export PATH=\"$bin:\$PATH\"' >>~/.bashrc" ;;
	*) echo "echo 'export PATH=\"$bin:\$PATH\"' >>~/.profile" ;;
	esac
}

# check_zsh is for who uses zsh, which looks for completions only where root installs.
check_zsh() {
	case ${SHELL:-}:$bin in
	*/zsh:/usr/bin | */zsh:/usr/local/bin) ;;
	*/zsh:*)
		echo "for completion in zsh, have this line in ~/.zshrc, before compinit:"
		echo "  fpath=('${bin%/bin}/share/zsh/site-functions' \$fpath)"
		;;
	esac
}

# ---- a release

# unpack checks copies, which nobody else can exchange, and does not look into the archive before.
unpack() {
	pick_archive
	for file in "$archive" SHA256SUMS SHA256SUMS.minisig; do
		cp -- "$from/$file" "$scratch/" || fail "there is no $file in $from" "download it from where $archive came from"
	done
	[ -n "$public_key" ] || fail "this install.sh does not know whose releases to trust" "use the install.sh of the release"
	command -v minisign >/dev/null 2>&1 || fail "minisign is not installed" "install it: https://jedisct1.github.io/minisign/"
	minisign -Vqm "$scratch/SHA256SUMS" -P "$public_key" ||
		fail "SHA256SUMS is not signed by $public_key" "install none of it, and tell the maintainers"
	grep -qxF "$(sha256 "$scratch/$archive")  $archive" "$scratch/SHA256SUMS" ||
		fail "$archive is not the one in SHA256SUMS" "download it again"
	tar -xzf "$scratch/$archive" -C "$scratch" || fail "$archive cannot be unpacked" "download it again"
	unpacked=$scratch/${archive%.tar.gz}
	gzip -d "$unpacked/share/man/man1/$name.1.gz"
	mv -- "$unpacked/bin/$name" "$scratch/$name"
}

# pick_archive finds the one for this system, and its version.
pick_archive() {
	case $(uname -m) in
	x86_64 | amd64) platform=amd64 ;;
	aarch64 | arm64) platform=arm64 ;;
	*) platform=$(uname -m) ;;
	esac
	platform=$(uname -s | tr '[:upper:]' '[:lower:]')-$platform
	set -- "$from/$name"-*-"$platform.tar.gz"
	{ [ $# = 1 ] && [ -f "$1" ]; } ||
		fail "there is not one archive for $platform in $from" "download one, or build it from source: ./install.sh"
	archive=${1##*/}
	version=${archive#"$name"-}
	version=${version%-"$platform".tar.gz}
}

sha256() {
	{ sha256sum <"$1" || sha256 <"$1" || shasum -a 256 <"$1"; } 2>/dev/null | cut -c 1-64
}

# ---- building

# need_go lets Go look into go.mod: unless GOTOOLCHAIN forbids it, an older Go fetches the one that is wanted.
need_go() {
	[ -f "$source/go.mod" ] || fail "there is no source beside $0" "run it where it lies: cd DIR && ./install.sh"
	wanted=$(sed -n 's/^go //p' "$source/go.mod")
	command -v go >/dev/null 2>&1 || fail "Go is not installed" "install Go $wanted or later: https://go.dev/dl/"
	have=$(cd "$source" && go env GOVERSION) || have=''
	at_least "$have" "$wanted" || fail "$(cd / && go version) is too old" "install Go $wanted or later: https://go.dev/dl/"
	os=$(go env GOHOSTOS) # whatever this shell builds for
	cgo=0
	if [ "$os" = darwin ]; then # the keychain is only reached through cgo
		cgo=1
		need_compiler
	fi
}

need_compiler() {
	cc=$(go env CC)
	{ command -v "${cc%% *}" && "${cc%% *}" --version; } >/dev/null 2>&1 || # the system has a stub for it
		fail "there is no C compiler, which the keychain needs" "xcode-select --install"
}

need_git() {
	command -v git >/dev/null 2>&1 || fail "git is not installed" "install git $1 or later: https://git-scm.com/downloads"
	git=$(git version)
	at_least "$git" "$1" || fail "$git is too old" "install git $1 or later: https://git-scm.com/downloads"
}

# at_least HAVE WANT compares major and minor version. HAVE may be a sentence.
at_least() {
	numbers="$(version_numbers "$1") $(version_numbers "$2")"
	# shellcheck disable=SC2086 # these are words
	set -- $numbers
	[ $# = 4 ] || return 1
	[ "$1" -gt "$3" ] || { [ "$1" -eq "$3" ] && [ "$2" -ge "$4" ]; }
}

version_numbers() {
	printf '%s\n' "$1" | sed -n 's/^[^0-9]*\([0-9][0-9]*\)\.\([0-9][0-9]*\).*/\1 \2/p'
}

# build PACKAGE FILE
build() {
	find_version
	# Functions that are not put into one another, and stand closer, make the program 240 kB smaller, and a get no slower.
	# The version says which commit this is; -buildvcs would only fail where git distrusts the owner of the checkout.
	(cd "$source" && GOOS=$os GOARCH=$(go env GOHOSTARCH) CGO_ENABLED=$cgo GOWORK=off GOTMPDIR=$scratch \
		go build -tags urfave_cli_no_docs,nethttpomithttp2 -trimpath -buildvcs=false \
		-gcflags="$name/...=-l" -ldflags="-s -w -funcalign=16 -X main.version=$version -X main.commit=$commit" -o "$2" "$1") ||
		fail "the build failed" "cd '$source' && go mod download && go build ./..."
}

# find_version leaves version and commit empty where the source is no checkout of its own.
find_version() {
	version='' commit=''
	[ -e "$source/.git" ] || return 0
	version=$(GIT_OPTIONAL_LOCKS=0 git -C "$source" describe --tags --always --dirty 2>/dev/null) || version=''
	version=${version#v}
	commit=$(git -C "$source" rev-parse --verify HEAD 2>/dev/null) || commit=''
}

# make_scratch makes a private directory, and in it a home for root that runs with somebody else's (sudo -E, or any sudo
# on macOS): Go would leave files of root's there.
make_scratch() {
	trap clean EXIT
	trap 'exit 129' HUP
	trap 'exit 130' INT
	trap 'exit 143' TERM
	scratch=$(mktemp -d "${TMPDIR:-/tmp}/$name.XXXXXX") ||
		fail "cannot make a temporary directory" "TMPDIR=\$HOME ./install.sh"
	is_roots "${HOME:-/}" || {
		unset GOPATH GOCACHE GOMODCACHE XDG_CACHE_HOME XDG_CONFIG_HOME
		HOME=$scratch/root
		mkdir "$HOME"
	}
}

clean() {
	[ -z "$part" ] || rm -f -- "$part"
	[ -z "$scratch" ] || rm -rf -- "$scratch"
}

# ---- the demo

# do_demo leaves the scratch directory, and what is built in it, to the demo, which removes it.
do_demo() {
	[ -z "$prefix" ] || misused "--demo installs nothing, so --prefix means nothing to it"
	make_scratch
	need_go
	need_git 2.28
	need_backend
	echo "building ..."
	mkdir "$scratch/bin"
	build . "$scratch/bin/$name"
	build ./testforge/cmd/testforge "$scratch/bin/testforge"
	exec sh "$source/testforge/demo" "$scratch"
}

need_backend() {
	[ -e "$(git --exec-path)/git-http-backend" ] ||
		fail "this git comes without http-backend, which the demo's forge needs" \
			"install it; its package is git-daemon on Alpine, git-core on Fedora"
}

main "$@"
