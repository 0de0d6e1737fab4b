// Command gzip compresses standard input, without a name and a time in it. Other than the system's gzip it makes the same
// bytes wherever the same Go runs it, and a release has the same bytes wherever it is built.
package main

import (
	"compress/gzip"
	"io"
	"log"
	"os"
)

func main() {
	compressed, err := gzip.NewWriterLevel(os.Stdout, gzip.BestCompression)
	if err != nil {
		log.Fatal(err)
	}
	if _, err := io.Copy(compressed, os.Stdin); err != nil {
		log.Fatal(err)
	}
	if err := compressed.Close(); err != nil {
		log.Fatal(err)
	}
}
