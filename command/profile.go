package command

import (
	"errors"
	"fmt"
	"net/url"
	"strings"

	"golang.org/x/oauth2"

	"git-credential-grant/flow"
	"git-credential-grant/gitconfig"
	"git-credential-grant/helper"
)

// chooseProfile returns the profile of a host, with the path below which its forge is: that of its forge, with what the issuer
// has said of itself (nil if it was not asked), and with the settings applied to that, field by field.
func chooseProfile(host *url.URL, settings gitconfig.Settings, found *flow.Metadata) (flow.Profile, error) {
	origin := helper.ParseOrigin(host.Scheme + "://" + host.Host)
	profile, known := flow.ByHost(host.Hostname())
	if settings.Provider != "" {
		if profile, known = flow.ByName(settings.Provider); !known {
			return profile, badSetting(origin, fmt.Errorf("the provider %q is not known", settings.Provider))
		}
	}
	if !known && settings.ClientID == "" {
		return profile, errors.ErrUnsupported
	}
	if !known {
		profile = flow.Generic
	}
	profile, err := profile.At(host)
	if err != nil {
		return profile, err
	}
	if found != nil {
		profile = found.Apply(profile)
	}
	if err := override(&profile, host, settings); err != nil {
		return profile, badSetting(origin, err)
	}
	if found != nil && settings.Scopes == "" {
		profile = found.AddScopes(profile)
	}
	return profile, nil
}

// override puts settings in the place of the profile's fields.
func override(profile *flow.Profile, host *url.URL, settings gitconfig.Settings) error {
	for _, endpoint := range []struct {
		field *string
		value string
	}{
		{&profile.AuthURL, settings.AuthURL},
		{&profile.TokenURL, settings.TokenURL},
		{&profile.UserInfoURL, settings.UserInfoURL},
		{&profile.DeviceAuthURL, settings.DeviceAuthURL},
		{&profile.RevokeURL, settings.RevokeURL},
	} {
		resolved, err := flow.Resolve(host, endpoint.value)
		if err != nil {
			return err
		}
		replace(endpoint.field, resolved)
	}
	replace(&profile.RedirectURL, settings.RedirectURL)
	replace(&profile.Issuer, settings.Issuer)
	replace(&profile.Audience, settings.Audience)
	replace(&profile.Username, settings.DefaultName)
	if settings.Scopes != "" || flow.Grant(settings.Grant).Unattended() {
		// A profile's scopes are what a person is asked for. A client that acts for itself has its own.
		profile.Scopes = strings.Fields(settings.Scopes)
	}
	return overrideAuthStyle(profile, settings)
}

func replace(field *string, value string) {
	if value != "" {
		*field = value
	}
}

func overrideAuthStyle(profile *flow.Profile, settings gitconfig.Settings) error {
	switch settings.AuthStyle {
	case "":
	case "header":
		profile.AuthStyle = oauth2.AuthStyleInHeader
	case "params":
		profile.AuthStyle = oauth2.AuthStyleInParams
	default:
		return fmt.Errorf("oauthAuthStyle is %q; it can be header or params", settings.AuthStyle)
	}
	return nil
}
