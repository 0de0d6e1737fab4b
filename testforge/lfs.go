package testforge

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
)

// lfsPath is where git-lfs looks for its server below a repository
// (https://github.com/git-lfs/git-lfs/blob/main/docs/api/server-discovery.md).
const lfsPath = "/info/lfs/objects/"

type lfsObject struct {
	OID     string               `json:"oid"`
	Size    int64                `json:"size"`
	Actions map[string]lfsAction `json:"actions,omitempty"`
}

type lfsAction struct {
	Href string `json:"href"`
}

// serveLFS is the batch API of git-lfs with its basic transfer: objects are put
// to and got from the forge itself, which asks for a credential again.
func (f *Forge) serveLFS(w http.ResponseWriter, r *http.Request) {
	repository, name, _ := strings.Cut(r.URL.Path, lfsPath)
	if name == "batch" && r.Method == http.MethodPost {
		f.serveBatch(w, r, f.URL+repository+lfsPath)
		return
	}
	file := filepath.Join(f.Root, "lfs", filepath.Base(name))
	if r.Method != http.MethodPut {
		http.ServeFile(w, r, file)
		return
	}
	if err := save(file, r); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
	}
}

// serveBatch says where to take each object
// (https://github.com/git-lfs/git-lfs/blob/main/docs/api/batch.md).
func (f *Forge) serveBatch(w http.ResponseWriter, r *http.Request, base string) {
	var batch struct {
		Operation string      `json:"operation"`
		Objects   []lfsObject `json:"objects"`
	}
	if err := json.NewDecoder(r.Body).Decode(&batch); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	for i, object := range batch.Objects {
		batch.Objects[i].Actions = map[string]lfsAction{batch.Operation: {base + object.OID}}
	}
	w.Header().Set("Content-Type", "application/vnd.git-lfs+json")
	json.NewEncoder(w).Encode(map[string]any{"transfer": "basic", "objects": batch.Objects})
}

func save(file string, r *http.Request) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return err
	}
	out, err := os.Create(file)
	if err != nil {
		return err
	}
	defer out.Close()
	_, err = out.ReadFrom(r.Body)
	return err
}
