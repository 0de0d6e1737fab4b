package secret

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"reflect"
	"strings"
	"testing"
)

const text = "S3cr3t/&+ \"π\""

// A holder has the secret in every kind of place.
type holder struct {
	Field    String
	hidden   String
	Pointer  *String
	pointer  *String
	List     []String
	list     [1]String
	Map      map[string]String
	keys     map[String]int
	Any      any
	anything any
	inner    struct{ hidden String }
	String   // embedded, so that its methods are the holder's
}

func newHolder() holder {
	s := New(text)
	return holder{
		s, s, &s, &s, []String{s}, [1]String{s}, map[string]String{"k": s}, map[String]int{s: 1}, s, s, struct{ hidden String }{s}, s,
	}
}

// plain is a holder without the embedded secret's methods, which would speak for the whole of it.
type plain struct {
	hidden, Field String
	pointer       *String
	held          map[string]any
}

// TestPrint: no verb and no place shows the text, or a part of it, in any form.
func TestPrint(t *testing.T) {
	t.Parallel()
	s := New(text)
	values := map[string]any{
		"itself": s, "pointer": &s, "list": []String{s}, "map": map[string]String{"k": s}, "key": map[String]int{s: 1},
		"holder": newHolder(), "pointer to a holder": ptr(newHolder()), "holder in a list": []any{ptr(newHolder())},
		"plain":            plain{s, s, &s, map[string]any{"k": &s, "l": []String{s}}},
		"pointer to plain": &plain{s, s, &s, map[string]any{"k": s}},
		"error":            errors.Join(fmt.Errorf("%v", s), fmt.Errorf("%w", error(failure{s}))),
	}
	for name, value := range values {
		for verb := ' ' + 1; verb < 0x7f; verb++ {
			for _, flags := range []string{"", "+", "#", "+#", "-40.9", "0", " "} {
				wantHidden(t, name, fmt.Sprintf("%"+flags+string(verb), value))
			}
		}
		wantHidden(t, name, fmt.Sprint(value)+fmt.Sprintln(value)+string(fmt.Append(nil, value)))
	}
}

type failure struct{ secret String }

func (f failure) Error() string { return fmt.Sprintf("refused: %s", f.secret) }

func ptr[T any](value T) *T { return &value }

// wantHidden looks for the text as it is, quoted, and in hexadecimal.
func wantHidden(t *testing.T, name, printed string) {
	t.Helper()
	lower := strings.ToLower(printed)
	for _, form := range []string{"S3cr3t", fmt.Sprintf("%x", "S3cr3t"), fmt.Sprintf("% x", "S3cr3t"), fmt.Sprintf("%v", []byte("S3cr"))} {
		if strings.Contains(lower, strings.ToLower(strings.Trim(form, "[]"))) {
			t.Errorf("%s: prints %q", name, printed)
		}
	}
}

// TestDots: where fmt calls methods, there are dots and nothing else, and nothing for what is empty.
func TestDots(t *testing.T) {
	t.Parallel()
	s := New(text)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t", "%e", "%U", "%-10v", "%z"} {
		if got := fmt.Sprintf(verb+verb, s, &s); got != Dots+Dots {
			t.Errorf("%s: %q", verb, got)
		}
		if got := fmt.Sprintf(verb, String{}); got != "" {
			t.Errorf("%s of nothing: %q", verb, got)
		}
	}
	if got := fmt.Sprintf("%v %+v", plain{Field: s}, struct{ A, B String }{s, String{}}); !strings.Contains(got, Dots) || !strings.HasSuffix(got, "{A:"+Dots+" B:}") {
		t.Error(got)
	}
}

// TestPanic: nor does a program that dies of it. The test runs itself for that.
func TestPanic(t *testing.T) {
	t.Parallel()
	if os.Getenv("DIE_OF_A_SECRET") != "" {
		panic(plain{hidden: New(text), Field: New(text)})
	}
	command := exec.Command(os.Args[0], "-test.run=^TestPanic$")
	command.Env = append(os.Environ(), "DIE_OF_A_SECRET=1", "GOTRACEBACK=all")
	out, err := command.CombinedOutput()
	if err == nil || !strings.Contains(string(out), "panic: ") {
		t.Fatalf("%v: %s", err, out)
	}
	wantHidden(t, "panic", string(out))
}

// TestJSON: it is stored as a string is, byte for byte, and comes back.
func TestJSON(t *testing.T) {
	t.Parallel()
	type asSecret struct {
		A String
		B String            `json:"b,omitzero"`
		C map[string]String `json:"c,omitempty"`
		D *String           `json:"d"`
	}
	type asString struct {
		A string
		B string            `json:"b,omitempty"`
		C map[string]string `json:"c,omitempty"`
		D *string           `json:"d"`
	}
	for _, text := range []string{text, "", "a\u2028<b>&\\\x01", "\xff", strings.Repeat("long", 2000)} {
		s := New(text)
		got, err := json.Marshal(asSecret{s, s, map[string]String{"k": s}, &s})
		want, _ := json.Marshal(asString{text, text, map[string]string{"k": text}, &text})
		if err != nil || string(got) != string(want) {
			t.Errorf("got %s, %v, want %s", got, err, want)
		}
		var secrets asSecret
		var texts asString
		if err := errors.Join(json.Unmarshal(want, &secrets), json.Unmarshal(want, &texts)); err != nil {
			t.Error(err)
		}
		if secrets.A.Reveal() != texts.A || secrets.B.Reveal() != texts.B || secrets.C["k"].Reveal() != texts.C["k"] || secrets.D.Reveal() != *texts.D {
			t.Errorf("%q came back as %q", texts.A, secrets.A.Reveal())
		}
	}
	s := New(text)
	if err := json.Unmarshal([]byte("null"), &s); err != nil || !s.IsZero() {
		t.Errorf("null: %v", err)
	}
	err := json.Unmarshal([]byte(`{"A":["S3cr3t"]}`), &asSecret{})
	if err == nil {
		t.Fatal("took a list")
	}
	wantHidden(t, "error", err.Error())
}

// TestEqual: what has the same text is equal, as a value and in a map.
func TestEqual(t *testing.T) {
	t.Parallel()
	a, b := New(text), New(strings.Clone(text))
	if a != b || a == New("other") || New("") != (String{}) || !reflect.DeepEqual(plain{Field: a}, plain{Field: b}) {
		t.Error("not equal")
	}
	if (map[String]int{a: 1})[b] != 1 {
		t.Error("not the same key")
	}
	if a.Reveal() != text || (String{}).Reveal() != "" || a.IsZero() || !New("").IsZero() {
		t.Error("not the text")
	}
}
