package person

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
)

// dialogues are the programs that ask a question in a window, with no for the usual answer: those of GNOME and of KDE.
var dialogues = [][]string{
	{"zenity", "--question", "--no-markup", "--default-cancel", "--title=git-credential-grant", "--text"},
	{"kdialog", "--title", "git-credential-grant", "--warningyesno"},
}

// appleDialogue is the same in AppleScript, which gets the question as an argument.
const appleDialogue = `on run argv
display dialog (item 1 of argv) with title "git-credential-grant" buttons {"No", "Yes"} default button "No" cancel button "No"
end run`

// Dialogue asks a question in a window of the desktop. The error is [ErrNone] where there is none, or nothing that opens one.
func Dialogue(ctx context.Context, question string) (yes bool, err error) {
	arguments, err := dialogue()
	if err != nil {
		return false, err
	}
	err = exec.CommandContext(ctx, arguments[0], append(arguments[1:], question)...).Run()
	if _, no := errors.AsType[*exec.ExitError](err); no && ctx.Err() == nil {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("%s: %w", arguments[0], err)
	}
	return true, nil
}

func dialogue() ([]string, error) {
	if runtime.GOOS == "darwin" {
		return []string{"osascript", "-e", appleDialogue}, nil
	}
	if os.Getenv("DISPLAY") == "" && os.Getenv("WAYLAND_DISPLAY") == "" {
		return nil, ErrNone
	}
	for _, arguments := range dialogues {
		if _, err := exec.LookPath(arguments[0]); err == nil {
			return append([]string(nil), arguments...), nil
		}
	}
	return nil, fmt.Errorf("%w: neither zenity nor kdialog is installed", ErrNone)
}
