package helper

import "testing"

// TestBasicByName: git's store and erase know a credential in the form in which it was given out.
func TestBasicByName(t *testing.T) {
	const negotiate = "capability[]=authtype\n" + ask + "wwwauth[]=Negotiate\nwwwauth[]=Basic\n"
	w := newWorld(t)
	w.stores(ask + "username=dave\npassword=p:w\n")
	answer := w.gets(negotiate, reply{secret: "ZGF2ZTpwOnc=", calls: "get"})
	message := "capability[]=authtype\n" + ask + "authtype=" + answer.Attributes.Get("authtype") + "\ncredential=" + answer.Attributes.Get("credential") + "\n"
	w.stores(message)
	if got := w.stored(); got != "{password=p:w username=dave}" {
		t.Errorf("there is %s", got)
	}
	w.erases(message)
	if got := w.stored(); got != "" {
		t.Errorf("there is still %s", got)
	}
	w.holds(Record{Accounts: []*Account{w.signedIn("alice")}})
	answer = w.gets(negotiate, reply{secret: "eC10b2tlbi1hdXRoOmFjY2Vzcy1hbGljZQ==", calls: "get"})
	message = "capability[]=authtype\n" + ask + "authtype=Basic\ncredential=" + answer.Attributes.Get("credential") + "\n"
	w.stores(message)
	if got := w.stored(); got != "alice access-alice/refresh-alice" {
		t.Errorf("there is %s", got)
	}
	w.erases(message)
	if got := w.stored(); got != "alice /refresh-alice" {
		t.Errorf("there is %s", got)
	}
}
