package store

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// The program starts at once under a bus that never answers.
func TestStartUnderHungBus(t *testing.T) {
	hungBus(t)
	cmd := childCommand(t, "address")
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	if want := "set " + os.Getenv("DBUS_SESSION_BUS_ADDRESS"); string(out) != want {
		t.Errorf("the program sees %q, want %q", out, want)
	}
}

// Without a bus, the program does not launch one.
func TestStartWithoutBus(t *testing.T) {
	onBusSystem(t)
	bin := t.TempDir()
	launched := filepath.Join(bin, "launched")
	script := "#!/bin/sh\ntouch " + launched + "\n"
	if err := os.WriteFile(filepath.Join(bin, "dbus-launch"), []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", bin+":"+os.Getenv("PATH"))
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "") // restored at the end of the test
	os.Unsetenv("DBUS_SESSION_BUS_ADDRESS")
	out, err := childCommand(t, "address").Output()
	if err != nil || string(out) != "unset " {
		t.Errorf("the program sees %q, %v", out, err)
	}
	if _, err := os.Stat(launched); err == nil {
		t.Error("the program launched a bus")
	}
}

func childAddress([]string) error {
	address, set := os.LookupEnv("DBUS_SESSION_BUS_ADDRESS")
	if !set {
		fmt.Print("un")
	}
	fmt.Print("set ", address)
	return nil
}
