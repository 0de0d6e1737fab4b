package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"git-credential-grant/internal/need"
	"git-credential-grant/store"
)

func init() {
	commands["age"] = age
	commands["kills"] = kills
}

// age makes the sign-ins at the forge older by a time. A negative one is what a clock that was set back makes of them.
func age(ts *testscript.TestScript, neg bool, args []string) {
	by, err := time.ParseDuration(args[0])
	ts.Check(err)
	ts.Check(ageBy(ts, by))
}

func ageBy(ts *testscript.TestScript, by time.Duration) error {
	keyring, err := store.Open("file", store.Options{Dir: filepath.Join(ts.Getenv("HOME"), ".local/share/git-credential-grant")})
	if err != nil {
		return err
	}
	return keyring.Update(context.Background(), ts.Getenv("FORGE"), func(old []byte) ([]byte, error) {
		var record map[string]any
		if err := json.Unmarshal(old, &record); err != nil {
			return nil, fmt.Errorf("%d bytes: %w", len(old), err)
		}
		for _, account := range record["accounts"].([]any) {
			signIn := account.(map[string]any)["sign_in"].(map[string]any)
			for _, name := range []string{"issued", "expiry"} {
				at, err := time.Parse(time.RFC3339Nano, signIn[name].(string))
				if err != nil {
					return nil, err
				}
				signIn[name] = at.Add(-by)
			}
		}
		return json.Marshal(record)
	})
}

// kills has a token renewed many times, each time by a helper that is killed at a random moment of its life. What is
// stored must be whole every time. It says how many were killed before their end.
func kills(ts *testscript.TestScript, neg bool, args []string) {
	times, err := strconv.Atoi(args[0])
	ts.Check(err)
	if need.All() {
		times *= 10
	}
	life, killed := 50*time.Millisecond, 0
	for range times {
		ts.Check(ageBy(ts, 3*time.Hour))
		helper := scripted(ts, "git-credential-grant", "get")
		helper.Stdin = strings.NewReader("protocol=http\nhost=" + ts.Getenv("FORGE_HOST") + "\n")
		var said bytes.Buffer
		helper.Stderr = &said
		began := time.Now()
		ts.Check(helper.Start())
		end := time.AfterFunc(rand.N(life+life/4), func() { helper.Process.Kill() })
		if err := helper.Wait(); end.Stop() {
			if err != nil {
				ts.Fatalf("%v\n%s", err, said.String())
			}
			life = (9*life + time.Since(began)) / 10
		} else {
			killed++
		}
	}
	fmt.Fprintf(ts.Stdout(), "killed %d of %d\n", killed, times)
	if killed < times/3 {
		ts.Fatalf("killed only %d of %d", killed, times)
	}
}
