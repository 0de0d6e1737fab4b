// Command farrun has a command carried out by the system around this one: a program for Windows that runs under Wine finds no git
// for Windows, and gets Linux's.
//
//	farrun serve FILE COMMAND   runs the command for whoever asks, and writes into the file where to ask
//	git.exe ARGUMENT...         a copy of it by any other name asks at $FARRUN, with its arguments
//
// With them go standard input, which has to end before the command begins, the variables whose names begin with GIT_, and the
// folder, as a path of Linux.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"log"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// A request is for one command.
type request struct {
	Arguments   []string
	Environment []string
	Folder      string
	Input       []byte
}

// An answer is what came of it.
type answer struct {
	Output, Errors []byte
	Status         int
}

func main() {
	if len(os.Args) == 4 && os.Args[1] == "serve" {
		log.Fatal(serve(os.Args[2], os.Args[3]))
	}
	answer, err := ask(os.Getenv("FARRUN"))
	if err != nil {
		log.Fatal(err)
	}
	os.Stdout.Write(answer.Output)
	os.Stderr.Write(answer.Errors)
	os.Exit(answer.Status)
}

func ask(address string) (answer answer, err error) {
	connection, err := net.Dial("tcp", address)
	if err != nil {
		return answer, err
	}
	defer connection.Close()
	asked := request{Arguments: os.Args[1:]}
	for _, variable := range os.Environ() {
		if strings.HasPrefix(variable, "GIT_") {
			asked.Environment = append(asked.Environment, variable)
		}
	}
	if asked.Folder, err = os.Getwd(); err != nil {
		return answer, err
	}
	if asked.Input, err = io.ReadAll(os.Stdin); err != nil {
		return answer, err
	}
	if err := json.NewEncoder(connection).Encode(asked); err != nil {
		return answer, err
	}
	return answer, json.NewDecoder(connection).Decode(&answer)
}

func serve(file, command string) error {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	if err := os.WriteFile(file+".part", []byte(listener.Addr().String()), 0o600); err != nil {
		return err
	}
	if err := os.Rename(file+".part", file); err != nil {
		return err
	}
	for {
		connection, err := listener.Accept()
		if err != nil {
			return err
		}
		go func() {
			defer connection.Close()
			var asked request
			if json.NewDecoder(connection).Decode(&asked) == nil {
				json.NewEncoder(connection).Encode(run(command, asked))
			}
		}()
	}
}

func run(name string, asked request) answer {
	var output, errorOutput bytes.Buffer
	command := exec.Command(name, asked.Arguments...)
	command.Env = append(os.Environ(), asked.Environment...)
	command.Dir = onLinux(asked.Folder)
	command.Stdin = bytes.NewReader(asked.Input)
	command.Stdout, command.Stderr = &output, &errorOutput
	err := command.Run()
	if _, ended := errors.AsType[*exec.ExitError](err); err != nil && !ended {
		io.WriteString(&errorOutput, err.Error()+"\n")
		return answer{Errors: errorOutput.Bytes(), Status: 127}
	}
	return answer{output.Bytes(), errorOutput.Bytes(), command.ProcessState.ExitCode()}
}

// onLinux is where Wine has a folder: its drives are links.
func onLinux(folder string) string {
	drive, rest, ok := strings.Cut(folder, ":")
	if !ok {
		return folder
	}
	return filepath.Join(os.Getenv("WINEPREFIX"), "dosdevices", strings.ToLower(drive)+":", strings.ReplaceAll(rest, `\`, "/"))
}
