# fish completion for git-credential-grant(1)

# The URLs that git config has settings for, and Bitbucket.
function __git_credential_grant_urls
    echo https://bitbucket.org
    git config --name-only --get-regexp '^credential\.https?://' 2>/dev/null | string replace -r '^credential\.(.*)\.[^.]*$' '$1'
end

set -l people setup configure unconfigure register login logout status token doctor agent
set -l commands $people help version get store erase capability

complete -c git-credential-grant -f
complete -c git-credential-grant -n "not __fish_seen_subcommand_from $commands" -a setup -d 'do all that a host needs'
complete -c git-credential-grant -n "not __fish_seen_subcommand_from $commands" -a configure -d 'make git ask this helper first'
complete -c git-credential-grant -n "not __fish_seen_subcommand_from $commands" -a unconfigure -d 'take away what configure has written'
complete -c git-credential-grant -n "not __fish_seen_subcommand_from $commands" -a register -d 'take in an OAuth client'
complete -c git-credential-grant -n "not __fish_seen_subcommand_from $commands" -a login -d 'sign in now'
complete -c git-credential-grant -n "not __fish_seen_subcommand_from $commands" -a logout -d 'revoke and forget'
complete -c git-credential-grant -n "not __fish_seen_subcommand_from $commands" -a status -d 'list the sign-ins'
complete -c git-credential-grant -n "not __fish_seen_subcommand_from $commands" -a token -d 'print a live access token'
complete -c git-credential-grant -n "not __fish_seen_subcommand_from $commands" -a doctor -d 'look for what is wrong'
complete -c git-credential-grant -n "not __fish_seen_subcommand_from $commands" -a agent -d 'let git elsewhere use the sign-ins here'
complete -c git-credential-grant -n "not __fish_seen_subcommand_from $commands" -a help -d 'tell how a command is used'
complete -c git-credential-grant -n "not __fish_seen_subcommand_from $commands" -a version -d 'print the version'
complete -c git-credential-grant -n "not __fish_seen_subcommand_from $commands" -a 'get store erase capability' -d 'called by git'
complete -c git-credential-grant -n '__fish_seen_subcommand_from help' -a "$commands"
complete -c git-credential-grant -n "not __fish_seen_subcommand_from $commands" -s v -l version -d 'print the version'
complete -c git-credential-grant -n "__fish_seen_subcommand_from $people" -a '(__git_credential_grant_urls)'
complete -c git-credential-grant -n '__fish_seen_subcommand_from register' -l client-id -x -d "the client's id, instead of asking"
complete -c git-credential-grant -n '__fish_seen_subcommand_from register' -l client-secret-stdin -d 'read the secret from standard input'
complete -c git-credential-grant -n '__fish_seen_subcommand_from register' -l public -d 'the client has no secret'
complete -c git-credential-grant -n '__fish_seen_subcommand_from register' -l forget -d 'take the client out of the keyring'
complete -c git-credential-grant -n '__fish_seen_subcommand_from register' -l all -d 'with --forget, those of every host'
complete -c git-credential-grant -n '__fish_seen_subcommand_from configure' -l replace -d 'for every host, in the place of other helpers'
complete -c git-credential-grant -n '__fish_seen_subcommand_from configure' -l yes -d 'with --replace, do not ask'
complete -c git-credential-grant -n '__fish_seen_subcommand_from unconfigure' -l all -d 'every line of this helper'
complete -c git-credential-grant -n '__fish_seen_subcommand_from doctor' -l online -d 'show the forge the token, and have git try the repository'
complete -c git-credential-grant -n '__fish_seen_subcommand_from logout' -l all -d everywhere
complete -c git-credential-grant -n '__fish_seen_subcommand_from status token' -l json -d 'write JSON'
complete -c git-credential-grant -n '__fish_seen_subcommand_from agent' -l allow -x -a '(__git_credential_grant_urls)' -d 'give credentials for this URL'
complete -c git-credential-grant -n '__fish_seen_subcommand_from agent' -l confirm -d 'ask first'
complete -c git-credential-grant -n '__fish_seen_subcommand_from agent' -l for -x -a '1h 8h' -d 'end after this time'
complete -c git-credential-grant -n '__fish_seen_subcommand_from agent' -l given -d 'also give passwords that were typed'
complete -c git-credential-grant -n '__fish_seen_subcommand_from agent' -l log -r -d 'write a line about each answer to this file'
complete -c git-credential-grant -n '__fish_seen_subcommand_from agent' -l uid -x -d 'also answer this user'
complete -c git-credential-grant -n '__fish_seen_subcommand_from agent' -l install -d 'write what the system needs to start it'
complete -c git-credential-grant -n '__fish_seen_subcommand_from agent' -l stdio -d 'serve a pipe'
complete -c git-credential-grant -l store -x -a 'auto secret-service keychain wincred pass keyctl file' -d 'keyring to use'
complete -c git-credential-grant -l device -d 'sign in with a code on any device'
complete -c git-credential-grant -l no-browser -d 'print the address to open'
complete -c git-credential-grant -l timeout -x -a '1m 5m 10m' -d 'how long a sign-in may take'
complete -c git-credential-grant -l via -r -F -d 'ask the agent at this socket'
complete -c git-credential-grant -l trace -d 'tell each step'
complete -c git-credential-grant -s h -l help -d 'show help'
