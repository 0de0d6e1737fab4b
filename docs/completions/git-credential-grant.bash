# bash completion for git-credential-grant(1)

_git_credential_grant_words() {
	local global='--store --device --no-browser --timeout --trace --via --help'
	local people='setup configure unconfigure register login logout status token doctor agent help version'
	case $2 in
	--store) echo 'auto secret-service keychain wincred pass keyctl file' && return ;;
	--timeout) echo '1m 5m 10m' && return ;;
	--client-id | --for | --uid) return ;;
	--allow) _git_credential_grant_urls && return ;;
	--log | --via) compgen -f -- "$3" && return ;;
	esac
	case $1 in
	'') echo "$people get store erase capability $global --version" ;;
	get | store | erase | capability | version) echo '--help' ;;
	help) echo "$people get store erase capability --help" ;;
	register) _git_credential_grant_urls && echo "$global --client-id --client-secret-stdin --public --forget --all" ;;
	configure) _git_credential_grant_urls && echo "$global --replace --yes" ;;
	doctor) _git_credential_grant_urls && echo "$global --online" ;;
	logout | unconfigure) _git_credential_grant_urls && echo "$global --all" ;;
	status | token) _git_credential_grant_urls && echo "$global --json" ;;
	agent) compgen -f -- "$3" && echo "$global --allow --confirm --for --given --log --uid --install --stdio" ;;
	*) _git_credential_grant_urls && echo "$global" ;;
	esac
}

# The URLs that git config has settings for, and Bitbucket.
_git_credential_grant_urls() {
	echo 'https://bitbucket.org'
	git config --name-only --get-regexp '^credential\.https?://' 2>/dev/null |
		sed -e 's/^credential\.//' -e 's/\.[^.]*$//' | sort -u
}

_git_credential_grant_complete() {
	local cur prev words cword word command=''
	# readline takes the colon of a URL for the end of a word, which this puts right where bash-completion is there.
	if declare -F _get_comp_words_by_ref >/dev/null; then
		_get_comp_words_by_ref -n : cur prev words cword
	else
		cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
		words=("${COMP_WORDS[@]}") cword=$COMP_CWORD
	fi
	for word in "${words[@]:1:cword-1}"; do
		case $word in
		setup | configure | unconfigure | register | login | logout | status | token | doctor | agent | help | version | get | store | erase | capability)
			command=$word && break
			;;
		esac
	done
	mapfile -t COMPREPLY < <(compgen -W "$(_git_credential_grant_words "$command" "$prev" "$cur")" -- "$cur")
	if declare -F __ltrim_colon_completions >/dev/null; then
		__ltrim_colon_completions "$cur"
	fi
}

complete -F _git_credential_grant_complete git-credential-grant
