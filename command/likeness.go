package command

import (
	"slices"
	"strings"

	"git-credential-grant/flow"
)

// closest returns the name that a word was probably meant to be, "" if it is like none: at most two letters are wrong, and at most
// half of them.
func closest(word string, names []string) (name string) {
	least := min(3, len(word)/2+1)
	for _, candidate := range names {
		if d := distance(word, candidate); d < least {
			name, least = candidate, d
		}
	}
	return name
}

// distance is how many letters have to be put in, taken out, replaced or swapped with the next one to make one word the other,
// after Damerau and Levenshtein.
func distance(one, other string) int {
	rows := make([][]int, len(one)+1)
	for i := range rows {
		rows[i] = make([]int, len(other)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(one); i++ {
		for j := 1; j <= len(other); j++ {
			replaced := rows[i-1][j-1]
			if one[i-1] != other[j-1] {
				replaced++
			}
			rows[i][j] = min(replaced, 1+rows[i-1][j], 1+rows[i][j-1])
			if i > 1 && j > 1 && one[i-1] == other[j-2] && one[i-2] == other[j-1] {
				rows[i][j] = min(rows[i][j], 1+rows[i-2][j-2])
			}
		}
	}
	return rows[len(one)][len(other)]
}

// similarHost returns the host of a forge that a name which is not known looks like.
func similarHost(name string) (known string, similar bool) {
	if _, exact := flow.ByHost(name); exact || name == "" {
		return "", false
	}
	for _, part := range []string{"www.", "ssh.", "altssh.", "api."} {
		bare, _ := strings.CutPrefix(name, part)
		if _, exact := flow.ByHost(bare); exact {
			return bare, true
		}
	}
	for _, profile := range flow.Profiles {
		isSite := !slices.Contains(profile.MoreHosts, "."+profile.Host) // and not only the end of others
		if profile.Host != "" && isSite && looksLike(name, profile) {
			return profile.Host, true
		}
	}
	return "", false
}

// looksLike reports whether a name is that of a forge, or its host with another ending or one mistake. A short name has too many
// neighbours that are somebody else's.
func looksLike(name string, profile flow.Profile) bool {
	first, ending, _ := strings.Cut(name, ".")
	own, ownEnding, _ := strings.Cut(profile.Host, ".")
	switch {
	case ending == "":
		return name == profile.Name || name == own || slices.Contains(profile.Aliases, name) || len(own) > 5 && distance(name, own) == 1
	case first == own && strings.Count(name, ".") == strings.Count(profile.Host, "."):
		return slices.Contains([]string{"com", "org", "net", "co", "io"}, ending) || distance(ending, ownEnding) == 1
	}
	return len(own) > 5 && ending == ownEnding && distance(first, own) == 1
}
