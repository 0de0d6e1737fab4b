package flow

import "golang.org/x/oauth2"

// Profiles are the forges that are known, the most used first. Each field is from the vendor's page or source that is
// named above it, unless the comment says otherwise.
var Profiles = []Profile{
	{
		// https://developer.atlassian.com/cloud/bitbucket/oauth-2/
		Name:     "bitbucket",
		Host:     "bitbucket.org",
		AuthURL:  "/site/oauth2/authorize",
		TokenURL: "/site/oauth2/access_token",
		// https://developer.atlassian.com/cloud/bitbucket/oauth-2-connect/
		JWTGrantType: "urn:bitbucket:oauth2:jwt",
		// https://developer.atlassian.com/cloud/bitbucket/rest/api-group-users/#api-user-get
		UserInfoURL:  "https://api.bitbucket.org/2.0/user",
		UserInfoName: "username",
		// Not documented; other clients use it with success.
		RevokeURL: "/site/oauth2/revoke",
		// https://developer.atlassian.com/cloud/bitbucket/rest/intro/#bitbucket-oauth-2-0-scopes
		Scopes:    []string{"repository", "repository:write", "account"},
		AuthStyle: oauth2.AuthStyleInHeader,
		// Not documented; the words are from reports: of a wrong key or secret
		// (https://github.com/harness/harness/issues/1650), and of a refresh token that has ended
		// (https://community.atlassian.com/t5/Bitbucket-questions/qaq-p/1545002).
		Errors: []Meaning{
			{Code: "unauthorized_client", Is: ErrClientRefused},
			{On: ForRefresh, Code: "invalid_request", Says: "Invalid refresh_token", Is: ErrGrantEnded},
		},
		// "The literal string x-token-auth as a substitute for username is required", on the first page.
		Username: "x-token-auth",
		// The name beside an API token: https://support.atlassian.com/bitbucket-cloud/docs/using-api-tokens/
		TokenUsers: []string{"x-bitbucket-api-token-auth"},
		FoldsNames: true,
		ClientURL:  "https://support.atlassian.com/bitbucket-cloud/docs/use-oauth-on-bitbucket-cloud/",
		// Until September 2026 "OAuth consumers" were at /workspace/settings/api.
		ClientForm:        "/WORKSPACE/workspace/settings/oauth-clients",
		ClientPermissions: "Account: Read, and Repositories: Write",
		ClientAdvice:      `leave "This is a private consumer" unticked`,
		GrantsURL:         "/account/settings/app-authorizations/",
	},
	{
		// https://confluence.atlassian.com/bitbucketserver/bitbucket-oauth-2-0-provider-api-1108483661.html
		Name:     "bitbucket-dc",
		Realms:   []string{"Atlassian Bitbucket"},
		AuthURL:  "/rest/oauth2/latest/authorize",
		TokenURL: "/rest/oauth2/latest/token",
		Scopes:   []string{"REPO_WRITE"},
		// "client_id and client_secret" are parameters in every example there.
		AuthStyle: oauth2.AuthStyleInParams,
		// http only on the name localhost, and compared as a whole: so the port is fixed, and it is the one that Git
		// Credential Manager's documentation has people register
		// (https://github.com/git-ecosystem/git-credential-manager/blob/main/docs/bitbucket-development.md).
		RedirectURL: "http://localhost:34106/",
		// Seen in the provider's code: a refresh deletes the pair of tokens before it makes the new one.
		RefreshEndsToken: true,
		// Seen in the provider's code: the token is the password, and the name is not looked at.
		Username:    "x-token-auth",
		AnyUsername: true,
		ClientURL:   "https://confluence.atlassian.com/bitbucketserver/configure-an-incoming-link-1108483657.html",

		ClientPermissions: "Repositories: Write",
	},
	{
		// https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps
		Name:          "github",
		Host:          "github.com",
		Realms:        []string{"GitHub"},
		AuthURL:       "/login/oauth/authorize",
		TokenURL:      "/login/oauth/access_token",
		DeviceAuthURL: "/login/device/code",
		// https://docs.github.com/en/rest/users/users#get-the-authenticated-user; "/api/v3" is GitHub Enterprise Server's.
		UserInfoURL:  "https://api.github.com/user",
		UserInfoName: "login",
		// https://docs.github.com/en/rest/apps/oauth-applications#delete-an-app-authorization
		RevokeURL:   "https://api.github.com/applications/CLIENT_ID/grant",
		RevokeStyle: RevokeDelete,
		Elsewhere: struct{ UserInfoURL, RevokeURL string }{
			"/api/v3/user", "/api/v3/applications/CLIENT_ID/grant",
		},
		// https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/scopes-for-oauth-apps; a push that touches
		// .github/workflows needs the second.
		Scopes:      []string{"repo", "workflow"},
		CommaScopes: true,
		AuthStyle:   oauth2.AuthStyleInParams,
		// https://docs.github.com/en/apps/oauth-apps/maintaining-oauth-apps/troubleshooting-oauth-app-access-token-request-errors
		// and .../creating-github-apps/authenticating-with-a-github-app/refreshing-user-access-tokens, which also says
		// that the old token stops working.
		Errors: []Meaning{
			{Code: "incorrect_client_credentials", Is: ErrClientRefused},
			{On: ForRefresh, Code: "bad_refresh_token", Is: ErrGrantEnded},
		},
		RefreshEndsToken: true,
		LoginHint:        "login",
		Username:         "oauth2",
		AnyUsername:      true,
		FoldsNames:       true,
		ClientURL:        "https://github.com/settings/applications/new",
		GrantsURL:        "/settings/applications",
	},
	{
		// https://docs.gitlab.com/api/oauth2/
		Name:          "gitlab",
		HasMetadata:   true, // https://docs.gitlab.com/integration/openid_connect_provider/
		Host:          "gitlab.com",
		Realms:        []string{"GitLab"},
		AuthURL:       "/oauth/authorize",
		TokenURL:      "/oauth/token",
		RevokeURL:     "/oauth/revoke",
		DeviceAuthURL: "/oauth/authorize_device",
		// https://docs.gitlab.com/api/users/#retrieve-the-current-user; needs the scope read_user, which is not asked for.
		UserInfoURL:  "/api/v4/user",
		UserInfoName: "username",
		// https://docs.gitlab.com/integration/oauth_provider/#view-all-authorized-applications
		Scopes:    []string{"read_repository", "write_repository"},
		AuthStyle: oauth2.AuthStyleInParams,
		// "The redirect_uri must match the redirect_uri used in the original authorization request", said of a refresh.
		RefreshRedirect: true,
		// "The refresh token request invalidates the existing access and refresh tokens".
		RefreshEndsToken: true,
		// "You can use any string as the username, oauth2 is recommended", under access to Git over HTTPS.
		Username:    "oauth2",
		AnyUsername: true,
		// by_username in https://gitlab.com/gitlab-org/gitlab/-/blob/master/app/models/user.rb
		FoldsNames: true,
		ClientURL:  "https://gitlab.com/-/user_settings/applications",
		ClientForm: "/-/user_settings/applications",
		GrantsURL:  "/-/user_settings/applications",

		ClientPermissions: "read_repository, write_repository",
	},
	gitea("gitea", "Gitea", "gitea.com", "https://docs.gitea.com/development/oauth2-provider"),
	gitea("forgejo", "Forgejo", "codeberg.org", "https://forgejo.org/docs/latest/user/oauth2-provider/"),
	{
		// https://learn.microsoft.com/en-us/azure/devops/integrate/get-started/authentication/entra-oauth and
		// https://learn.microsoft.com/en-us/entra/identity-platform/v2-oauth2-auth-code-flow
		Name:          "azure",
		Aliases:       []string{"azure-repos"},
		Host:          "dev.azure.com",
		MoreHosts:     []string{".visualstudio.com"},
		AuthURL:       "https://login.microsoftonline.com/organizations/oauth2/v2.0/authorize",
		TokenURL:      "https://login.microsoftonline.com/organizations/oauth2/v2.0/token",
		DeviceAuthURL: "https://login.microsoftonline.com/organizations/oauth2/v2.0/devicecode",
		// The first is Azure DevOps itself, with what the application was given in its registration.
		Scopes:    []string{"499b84ac-1321-427f-aa17-267ca6975798/.default", "offline_access"},
		AuthStyle: oauth2.AuthStyleInParams,
		// https://learn.microsoft.com/en-us/entra/identity-platform/reply-url#localhost-exceptions: any port, on localhost.
		RedirectURL: "http://localhost",
		Username:    "oauth2",
		AnyUsername: true,
		ClientURL:   "https://entra.microsoft.com/#view/Microsoft_AAD_RegisteredApps/ApplicationsListBlade",
	},
	{
		// https://developers.google.com/identity/protocols/oauth2/native-app
		Name:      "google",
		Aliases:   []string{"gerrit"},
		Host:      "googlesource.com",
		MoreHosts: []string{".googlesource.com"},
		AuthURL:   "https://accounts.google.com/o/oauth2/v2/auth",
		TokenURL:  "https://oauth2.googleapis.com/token",
		// Their device endpoint takes only clients of another type, which cannot do the rest.
		RevokeURL: "https://oauth2.googleapis.com/revoke",
		// https://developers.google.com/identity/protocols/oauth2/scopes
		Scopes:      []string{"https://www.googleapis.com/auth/gerritcodereview"},
		AuthStyle:   oauth2.AuthStyleInParams,
		LoginHint:   "login_hint",
		Username:    "oauth2",
		AnyUsername: true,
		ClientURL:   "https://console.cloud.google.com/auth/clients",
	},
}

// gitea is the profile of Gitea, and of Forgejo, which has it from there.
func gitea(name, realm, host, clientURL string) Profile {
	return Profile{
		// https://docs.gitea.com/development/oauth2-provider. The realm is there for helpers like this one to know that
		// the client below will do; with OAuth2 switched off it is another
		// (https://github.com/go-gitea/gitea/blob/main/routers/web/repo/githttp.go).
		Name: name,
		// The second is of LFS: https://codeberg.org/forgejo/forgejo/src/branch/forgejo/services/lfs/server.go
		Realms:       []string{realm, "gitea-lfs"},
		HasMetadata:  true,
		Host:         host,
		AuthURL:      "/login/oauth/authorize",
		TokenURL:     "/login/oauth/access_token",
		UserInfoURL:  "/api/v1/user",
		UserInfoName: "login",
		AuthStyle:    oauth2.AuthStyleInParams,
		// https://github.com/go-gitea/gitea/blob/main/routers/web/auth/oauth2_provider.go: the same code is for a refresh
		// token that is not the server's or was used before, and for a code that does not fit its request.
		Errors: []Meaning{
			// With INVALIDATE_REFRESH_TOKENS, which Forgejo has by default (the same file, and
			// https://codeberg.org/forgejo/forgejo/pulls/4240), a new sign-in by the same client uses up the token of another.
			{On: ForRefresh, Code: "unauthorized_client", Says: "token was already used", Is: ErrElsewhere},
			{On: ForRefresh, Code: "unauthorized_client", Is: ErrGrantEnded},
			{On: ForCode, Code: "unauthorized_client", Says: "client secret", Is: ErrClientRefused},
			{On: ForCode, Code: "unauthorized_client", Is: nil},
		},
		// "Pre-configured applications" on that page: this client is part of every installation, public, and takes
		// http://127.0.0.1 with any port. An administrator can take it out (DEFAULT_APPLICATIONS in app.ini).
		ClientID:    "a4792ccc-144e-407e-86c9-5e7d8d9c3269",
		ClientName:  "git-credential-oauth",
		Username:    "oauth2",
		AnyUsername: true,
		// LowerName in https://github.com/go-gitea/gitea/blob/main/models/user/user.go
		FoldsNames: true,
		// Where a person keeps clients of their own, and sees who may act for them:
		// https://github.com/go-gitea/gitea/blob/main/templates/user/settings/applications.tmpl
		ClientURL:    clientURL,
		ClientForm:   "/user/settings/applications",
		ClientAdvice: `leave "Confidential Client" unticked, and give each of your machines a client of its own`,
		GrantsURL:    "/user/settings/applications",
	}
}

// Generic is the profile of a host that settings alone describe.
var Generic = Profile{
	Name:         "oidc",
	Aliases:      []string{"generic"},
	UserInfoName: "preferred_username",
	AuthStyle:    oauth2.AuthStyleInHeader,
	Username:     "oauth2",
	AnyUsername:  true,
}
