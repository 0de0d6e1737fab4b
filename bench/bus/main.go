// Command bus is the least that a Go program pays for a read from the Secret Service: these calls, one after the other,
// and nothing besides. It reads the first item of git-credential-grant.
package main

import (
	"fmt"
	"log"
	"os"

	"github.com/godbus/dbus/v5"
)

func main() {
	conn, err := dbus.Connect(os.Getenv("DBUS_SESSION_BUS_ADDRESS"))
	if err != nil {
		log.Fatal(err)
	}
	const service = "org.freedesktop.secrets"
	object := conn.Object(service, "/org/freedesktop/secrets")
	call := func(object dbus.BusObject, method string, args []any, results ...any) {
		if err := object.Call("org.freedesktop.Secret."+method, 0, args...).Store(results...); err != nil {
			log.Fatal(err)
		}
	}
	var collection, session dbus.ObjectPath
	var output dbus.Variant
	var unlocked, locked []dbus.ObjectPath
	call(object, "Service.ReadAlias", []any{"default"}, &collection)
	call(object, "Service.OpenSession", []any{"plain", dbus.MakeVariant("")}, &output, &session)
	call(object, "Service.SearchItems", []any{map[string]string{"application": "git-credential-grant"}}, &unlocked, &locked)
	var secret struct {
		Session           dbus.ObjectPath
		Parameters, Value []byte
		ContentType       string
	}
	call(conn.Object(service, unlocked[0]), "Item.GetSecret", []any{session}, &secret)
	fmt.Printf("password=%d bytes\n", len(secret.Value))
}
