#!/bin/sh
# Builds git-credential-grant from the source beside this file and installs it, or shows it at work. Needs Go and git.
set -eu
umask 022 # what is installed is for everybody to run, and for nobody else to change
unset CDPATH

name='git-credential-grant'
source=$(cd -- "$(dirname -- "$0")" && pwd)
scratch='' part='' forge=''

main() {
	action=install prefix=''
	while [ $# -gt 0 ]; do
		case $1 in
		--prefix)
			[ $# -gt 1 ] || misused "--prefix needs a directory"
			set_prefix "$2"
			shift
			;;
		--prefix=*) set_prefix "${1#*=}" ;;
		--uninstall | --demo)
			[ "$action" = install ] || misused "--uninstall and --demo exclude each other"
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
	"do_$action"
}

usage() {
	cat <<'EOF'
Usage: ./install.sh [--prefix DIR]               build, and install DIR/bin/git-credential-grant, with its
                                                 manual page and completions below DIR/share
       ./install.sh --uninstall [--prefix DIR]   take these files away again
       ./install.sh --demo                       show it at work, in a throw-away home

DIR is ~/.local unless given. Nothing is asked, and no configuration is changed.
Sign-ins outlast --uninstall; to log out first: git-credential-grant logout --all
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
	need_go
	need_git 2.18
	make_directory "${bin%/bin}"
	make_directory "$bin"
	build . "$scratch/$name"
	replace "$scratch/$name" "$bin/$name" 755
	install_docs
	echo "installed $bin/$name, version ${version:-unknown}"
	check_path
	echo "next: git-credential-grant configure https://bitbucket.org"
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
	while read -r from to; do
		to=${bin%/bin}/$to
		make_directory "${to%/*}"
		replace "$source/docs/$from" "$to" 644
	done <<EOF
$(docs)
EOF
}

do_uninstall() {
	find_bin
	[ -f "$bin/$name" ] || [ -L "$bin/$name" ] ||
		fail "there is no $bin/$name" "command -v $name, and then: ./install.sh --uninstall --prefix DIR"
	rm -f -- "$bin/$name" || fail "cannot remove $bin/$name" "sudo rm '$bin/$name'"
	docs | while read -r _ to; do rm -f -- "${bin%/bin}/$to" || fail "cannot remove it all" "sudo rm '${bin%/bin}/$to'"; done
	echo "removed $bin/$name"
	cat <<'EOF'
Git still asks for it; to end that: git config --global --unset credential.helper '^grant$'
Sign-ins stay in the keyring, and what "configure" wrote in git config. If you want them gone, install it once more,
and before it goes: git-credential-grant logout --all; git-credential-grant unconfigure
EOF
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
	# The version says which commit this is; -buildvcs would only fail where git distrusts the owner of the checkout.
	(cd "$source" && GOOS=$os GOARCH=$(go env GOHOSTARCH) CGO_ENABLED=$cgo GOWORK=off GOTMPDIR=$scratch \
		go build -tags urfave_cli_no_docs,nethttpomithttp2 -trimpath -buildvcs=false \
		-ldflags="-s -w -X main.version=$version" -o "$2" "$1") ||
		fail "the build failed" "cd '$source' && go mod download && go build ./..."
}

# find_version leaves version empty where the source is no checkout of its own.
find_version() {
	version=''
	[ -e "$source/.git" ] || return 0
	version=$(GIT_OPTIONAL_LOCKS=0 git -C "$source" describe --tags --always --dirty 2>/dev/null) || version=''
	version=${version#v}
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
	if [ -n "$forge" ]; then
		kill "$forge" 2>/dev/null || :
		wait "$forge" 2>/dev/null || :
	fi
	cd /
	[ -z "$part" ] || rm -f -- "$part"
	[ -z "$scratch" ] || rm -rf -- "$scratch"
}

# ---- the demo

# lifetime of the first token, in seconds: longer than a clone and a push, and short enough to wait for.
lifetime=5

do_demo() {
	[ -z "$prefix" ] || misused "--demo installs nothing, so --prefix means nothing to it"
	make_scratch
	need_go
	need_git 2.28
	need_backend
	echo "building ..."
	mkdir "$scratch/bin" "$scratch/home" "$scratch/tmp"
	build . "$scratch/bin/$name"
	build ./testforge/cmd/testforge "$scratch/bin/testforge"
	pick_colours
	throw_away_home
	start_forge
	set_up_git
	introduce
	show_clone
	show_push
	show_expired
	show_refused
	show_logout
	printf '\n%sall of it worked.%s install it: ./install.sh\n' "$good" "$plain"
}

need_backend() {
	[ -e "$(git --exec-path)/git-http-backend" ] ||
		fail "this git comes without http-backend, which the demo's forge needs" "install it; its package is git-daemon on Alpine, git-core on Fedora"
}

pick_colours() {
	bold='' faint='' good='' bad='' plain=''
	if [ -t 1 ] && [ -z "${NO_COLOR:-}" ] && [ "${TERM:-dumb}" != dumb ]; then
		escape=$(printf '\033')
		bold="${escape}[1m" faint="${escape}[2m" good="${escape}[32m" bad="${escape}[31m" plain="${escape}[0m"
	fi
}

# throw_away_home: from here on nothing of the person's is read or written: config, keyring, proxy, session bus.
throw_away_home() {
	for variable in $(env | sed -n 's/^\([A-Z0-9_]*\)=.*/\1/p'); do
		case $variable in
		GIT_EXEC_PATH | GIT_CREDENTIAL_GRANT_TRACE) ;;
		GIT_* | XDG_* | TESTFORGE_* | SSH_ASKPASS | GCM_INTERACTIVE | DBUS_SESSION_BUS_ADDRESS) unset "$variable" ;;
		esac
	done
	unset http_proxy https_proxy all_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY
	export HOME="$scratch/home" TMPDIR="$scratch/tmp" PATH="$scratch/bin:$PATH" LC_ALL=C
	export GIT_CONFIG_NOSYSTEM=1 GIT_TERMINAL_PROMPT=0
	export GIT_CREDENTIAL_GRANT_STORE=file GIT_CREDENTIAL_GRANT_TIMEOUT=20s
	export BROWSER='testforge browser' TESTFORGE_LOG="$scratch/windows"
	cd "$HOME"
	: >"$TESTFORGE_LOG"
}

start_forge() {
	testforge serve --ready "$scratch/ready" --repo acme/app --lifetime "$lifetime" >"$scratch/forge.log" 2>&1 &
	forge=$!
	tries=0
	until [ -f "$scratch/ready" ]; do
		tries=$((tries + 1))
		if [ "$tries" -gt 100 ] || ! kill -0 "$forge" 2>/dev/null; then
			cat "$scratch/forge.log"
			broken "the forge did not start"
		fi
		sleep 0.1 2>/dev/null || sleep 1
	done
	url=$(announced FORGE_URL)
}

announced() { sed -n "s/^$1=//p" "$scratch/ready"; }

# set_up_git is what a person does once; only that the forge is no known one makes it longer.
set_up_git() {
	configure credential.helper '' # whatever the system's git config says
	git config --global --add credential.helper grant
	configure "credential.$url.provider" bitbucket
	configure "credential.$url.oauthClientId" "$(announced FORGE_CLIENT_ID)"
	configure "credential.$url.oauthClientSecret" "$(announced FORGE_CLIENT_SECRET)"
	configure "credential.$url.oauthUserInfoURL" /2.0/user
	configure user.name Alice
	configure user.email alice@example.com
	configure maintenance.auto false # nothing in the background that outlives the demo
	configure gc.auto 0
}

configure() { git config --global "$1" "$2"; }

introduce() {
	cat <<EOF
$git, with credential.helper = grant, in a home that is thrown away at the end: yours is not touched.
The forge is at $url and has Bitbucket's manners; its tokens live $lifetime seconds at first.
A scripted browser signs in as alice.
EOF
}

show_clone() {
	step "1. clone: the first command signs in"
	works "git clone $url/acme/app.git"
	sign_ins=1 renewals=0
	says "one browser window; git got a token, and the sign-in is kept."
	works "cd app"
}

show_push() {
	step "2. push: from now on nobody notices the helper"
	works "git commit -q --allow-empty -m 'mend the roof'"
	works "git push"
	quiet
	renewals=$(count refresh_ok) # 0, but on a machine so slow that the token has run out already
	says "no window, not a word."
}

show_expired() {
	step "3. the token runs out"
	works "sleep $((lifetime + 1))"
	testforge ctl "$url" lifetime 7200 || broken "the forge is gone" # the next tokens do not run out as well
	refused=$(count git_401)
	works "git pull"
	quiet
	renewals=$((renewals + 1))
	# One 401 is git's first request, which never has a password.
	counted git_401 $((refused + 1))
	says "it was renewed before git saw it: the forge refused no token."
}

show_refused() {
	step "4. the forge refuses a token before its time"
	works "testforge ctl $url revoke"
	renewals=$((renewals + 1))
	if at_least "$git" 2.46; then
		works "git pull"
		quiet
		says "$git asks again, so the helper got another token within the same command."
		return
	fi
	fails "git pull"
	echo "  ${faint}$git cannot ask again (2.46 and later can), so this one command fails. The next:$plain"
	works "git pull"
	quiet
	says "the helper had taken note, and renewed the token; nobody had to sign in."
}

show_logout() {
	step "5. log out"
	works "git-credential-grant logout $url"
	quiet
	says "the sign-in is forgotten. The next command has to ask again."
	works "git pull"
	sign_ins=2
	says "signed in anew."
}

step() { printf '\n%s%s%s\n' "$bold" "$1" "$plain"; }

# try COMMAND shows a command and what it says.
try() {
	printf '%s$ %s%s\n' "$bold" "$1" "$plain"
	status=0
	eval "$1" </dev/null >"$scratch/said" 2>&1 || status=$?
	cat "$scratch/said"
}

works() {
	try "$1"
	[ "$status" = 0 ] || broken "that command failed with status $status"
}

fails() {
	try "$1"
	[ "$status" != 0 ] || broken "that command worked, and should not have"
}

# quiet: the command before said nothing of ours.
quiet() {
	[ -n "${GIT_CREDENTIAL_GRANT_TRACE:-}" ] || ! grep -q "^$name:" "$scratch/said" ||
		broken "the helper should have kept quiet"
}

# says SENTENCE, after the forge's counters have shown that it is true.
says() {
	counted authorize "$sign_ins"
	counted exchange_ok "$sign_ins"
	counted refresh_ok "$renewals"
	counted refresh_refused 0
	windows=$(grep -c . "$TESTFORGE_LOG" || :)
	[ "$windows" = "$sign_ins" ] || broken "$windows browser windows were opened, not $sign_ins"
	printf '  %sok%s %s%s (sign-ins %s, renewals %s)%s\n' "$good" "$plain" "$faint" "$1" "$sign_ins" "$renewals" "$plain"
}

count() { testforge ctl "$url" stats | sed -n "s/^$1 //p"; }

counted() {
	seen=$(count "$1")
	[ "$seen" = "$2" ] || broken "the forge has counted $1 ${seen:-not at all}, not $2"
}

broken() {
	printf '%sinstall.sh: the demo failed: %s%s\n' "$bad" "$1" "$plain" >&2
	echo "hint: see each step of the helper: GIT_CREDENTIAL_GRANT_TRACE=1 ./install.sh --demo" >&2
	exit 1
}

main "$@"
