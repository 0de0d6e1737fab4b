// Command narhash prints the hash that Nix wants of the modules that the program is made of: the one of the archive that it
// makes of the folder "go mod vendor" leaves. buildGoModule calls it vendorHash.
package main

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"
	"log"
	"os"
	"os/exec"
	"path/filepath"
)

func main() {
	dir, err := os.MkdirTemp("", "narhash")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	vendor := filepath.Join(dir, "vendor")
	command := exec.Command("go", "mod", "vendor", "-o", vendor)
	command.Stderr = os.Stderr
	if err := command.Run(); err != nil {
		log.Fatal(err)
	}
	sum := sha256.New()
	writeString(sum, "nix-archive-1")
	if err := writeNode(sum, vendor); err != nil {
		log.Fatal(err)
	}
	fmt.Printf("sha256-%s\n", base64.StdEncoding.EncodeToString(sum.Sum(nil)))
}

// writeNode writes a file or a folder as a Nix archive does, figure 5.2 of https://edolstra.github.io/pubs/phd-thesis.pdf. There
// are no links in it, and nothing can be executed: "go mod vendor" writes neither.
func writeNode(to io.Writer, path string) error {
	info, err := os.Lstat(path)
	if err != nil {
		return err
	}
	if info.Mode().IsRegular() {
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		writeStrings(to, "(", "type", "regular", "contents", string(content), ")")
		return nil
	}
	entries, err := os.ReadDir(path) // in the order of their names
	if err != nil {
		return err
	}
	writeStrings(to, "(", "type", "directory")
	for _, entry := range entries {
		writeStrings(to, "entry", "(", "name", entry.Name(), "node")
		if err := writeNode(to, filepath.Join(path, entry.Name())); err != nil {
			return err
		}
		writeString(to, ")")
	}
	writeString(to, ")")
	return nil
}

func writeStrings(to io.Writer, texts ...string) {
	for _, text := range texts {
		writeString(to, text)
	}
}

// writeString writes the length, the text, and zeros up to a multiple of eight. A hash takes everything.
func writeString(to io.Writer, text string) {
	binary.Write(to, binary.LittleEndian, uint64(len(text)))
	io.WriteString(to, text)
	to.Write(make([]byte, (8-len(text)%8)%8))
}
