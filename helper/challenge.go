package helper

import "strings"

// offers reports whether one of the challenges is of the scheme; one header may hold several (RFC 9110, section 11.6.1).
func offers(challenges []string, scheme string) bool {
	for _, challenge := range challenges {
		for part := range strings.SplitSeq(unquoted(challenge), ",") {
			name, _, _ := strings.Cut(strings.TrimSpace(part), " ")
			if strings.EqualFold(name, scheme) {
				return true
			}
		}
	}
	return false
}

// unquoted takes the quoted strings out of a challenge, in which a realm may say anything.
func unquoted(challenge string) string {
	var b strings.Builder
	for i, part := range strings.Split(strings.ReplaceAll(challenge, `\"`, ""), `"`) {
		if i%2 == 0 {
			b.WriteString(part)
		}
	}
	return b.String()
}
