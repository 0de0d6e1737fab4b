package command

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
)

const (
	// helpWidth is what the lines of a help fit into.
	helpWidth = 80
	// helpIndent is how far the text stands below its heading.
	helpIndent = "   "
)

// description is the help's own text.
const description = `Git calls this program. It signs you in once, in the browser, keeps the
sign-in in the system keyring, and renews the token before it runs out. A URL
may be a host alone; without one, the commands are about the only host that
is signed in, or else about bitbucket.org.

First step:          git-credential-grant setup https://bitbucket.org
Something is wrong?  git-credential-grant doctor`

// aboutItself are the commands that tell of the program.
func (p *program) aboutItself() []*cli.Command {
	return []*cli.Command{
		{
			Name: "help", ArgsUsage: "[COMMAND]", Category: forPeople, Action: p.help,
			Usage: "tell how a command is used",
		},
		{
			Name: "version", Category: forPeople,
			Usage: "print the version, and what it was built from",
			Action: func(c *cli.Context) error {
				if c.Args().Present() {
					return misused(c, errors.New("version takes no argument"))
				}
				cli.ShowVersion(c)
				return nil
			},
		},
	}
}

// help shows how the program is used, or a command of it.
func (p *program) help(c *cli.Context) error { return p.helpOn(c, c.Args().Slice()) }

func (p *program) helpOn(c *cli.Context, names []string) error {
	switch len(names) {
	case 0:
		p.showHelp(c.App, nil)
		return nil
	case 1:
		command := c.App.Command(names[0])
		if command == nil {
			return noCommand(c.App, names[0])
		}
		p.showHelp(c.App, command)
		return nil
	}
	return &usageError{command: "help", err: errors.New("more than one command")}
}

// isHelp reports whether flags are wrong in that they ask for help, which is a flag that no command has.
func isHelp(err error) bool { return errors.Is(err, flag.ErrHelp) }

// helpInstead shows the help that --help asks for: that of the command which it comes after, or before.
func (p *program) helpInstead(c *cli.Context, isCommand bool) error {
	if isCommand {
		return p.helpOn(c, []string{c.Command.Name})
	}
	asked := slices.IndexFunc(os.Args, func(arg string) bool { return slices.Contains([]string{"-h", "--h", "-help", "--help"}, arg) })
	return p.helpOn(c, slices.DeleteFunc(os.Args[asked+1:], func(arg string) bool { return strings.HasPrefix(arg, "-") }))
}

// showHelp writes the help of a command, or of the program if that is nil.
func (p *program) showHelp(app *cli.App, command *cli.Command) {
	page := &helpPage{}
	if command == nil {
		page.section("NAME", filled(app.Name+" - "+app.Usage)...)
		page.section("USAGE", app.UsageText)
		page.section("DESCRIPTION", strings.Split(app.Description, "\n")...)
		page.section("COMMANDS", commandLines(app.Commands)...)
		page.section("GLOBAL OPTIONS", flagLines(append(app.Flags, showsHelp))...)
	} else {
		own := command.Flags[:len(command.Flags)-p.repeatedIn(command)]
		page.section("NAME", filled(app.Name+" "+command.Name+" - "+command.Usage)...)
		page.section("USAGE", strings.TrimRight(app.Name+" "+command.Name+" [options] "+command.ArgsUsage, " "))
		page.section("DESCRIPTION", strings.Split(command.Description, "\n")...)
		page.section("OPTIONS", flagLines(append(slices.Clip(own), showsHelp))...)
		page.section("GLOBAL OPTIONS", flagLines(command.Flags[len(own):])...)
	}
	io.WriteString(p.voice.stdout, page.text.String())
}

// repeatedIn is how many flags of a command are the global ones, which come last.
func (p *program) repeatedIn(command *cli.Command) int {
	if len(command.Flags) > 0 && slices.Contains(flagNames(command.Flags), p.global[0].Name) {
		return len(p.global)
	}
	return 0
}

// showsHelp is in the list of each command's flags, and not among those that are parsed.
var showsHelp = &cli.BoolFlag{Name: "help", Aliases: []string{"h"}, Usage: "show help"}

// A helpPage is what help shows.
type helpPage struct{ text strings.Builder }

// section adds lines below a heading, if there are any.
func (p *helpPage) section(heading string, lines ...string) {
	if strings.Join(lines, "") == "" {
		return
	}
	if p.text.Len() > 0 {
		p.text.WriteString("\n")
	}
	p.text.WriteString(heading + ":\n")
	for _, line := range lines {
		p.text.WriteString(strings.TrimRight(helpIndent+line, " ") + "\n")
	}
}

func filled(text string) []string { return wrap(strings.Fields(text), helpWidth-len(helpIndent)) }

// commandLines lists commands below their categories, in the order in which they are given.
func commandLines(commands []*cli.Command) (lines []string) {
	category := ""
	var rows [][2]string
	for _, command := range commands {
		rows = append(rows, [2]string{"  " + command.Name, command.Usage})
	}
	for i, row := range columns(rows) {
		if commands[i].Category != category {
			category = commands[i].Category
			lines = append(lines, category+":")
		}
		lines = append(lines, row...)
	}
	return lines
}

// flagLines lists flags.
func flagLines(flags []cli.Flag) (lines []string) {
	var rows [][2]string
	for _, one := range flags {
		rows = append(rows, flagRow(one.(cli.DocGenerationFlag)))
	}
	for _, row := range columns(rows) {
		lines = append(lines, row...)
	}
	return lines
}

// flagRow is a flag with its value, and what it does.
func flagRow(one cli.DocGenerationFlag) [2]string {
	value, usage := flag.UnquoteUsage(&flag.Flag{Usage: one.GetUsage()})
	var names []string
	for _, name := range one.Names() {
		names = append(names, dashed(name))
	}
	left := strings.Join(names, ", ")
	if one.TakesValue() {
		left += " " + value
		if usual := one.GetDefaultText(); usual != "" {
			usage += " (default: " + usual + ")"
		}
	}
	if variables := one.GetEnvVars(); len(variables) > 0 {
		usage += fmt.Sprintf(" [$%s]", strings.Join(variables, ", $"))
	}
	return [2]string{left, usage}
}

// columns puts two columns beside each other, the second filled: the lines of each row.
func columns(rows [][2]string) (lines [][]string) {
	width := 0
	for _, row := range rows {
		width = max(width, len(row[0]))
	}
	for _, row := range rows {
		var of []string
		left := row[0]
		for _, right := range wrap(strings.Fields(row[1]), helpWidth-len(helpIndent)-width-2) {
			of = append(of, fmt.Sprintf("%-*s  %s", width, left, right))
			left = ""
		}
		lines = append(lines, of)
	}
	return lines
}
