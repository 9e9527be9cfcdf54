package web

import (
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
)

// dist is what `npm run build` made of assets/; only .gitkeep when it was not run.
//
//go:embed all:dist
var dist embed.FS

// assets are the built scripts and styles, by the names that pages use. Their
// files' names hold a hash of what is in them, so browsers may keep them for ever.
type assets struct {
	names  map[string]string
	folder fs.FS
	files  http.Handler
}

func loadAssets(built fs.FS) (assets, error) {
	a := assets{folder: built, files: http.FileServerFS(built)}
	b, err := fs.ReadFile(built, "manifest.json")
	if errors.Is(err, fs.ErrNotExist) {
		return a, nil
	}
	if err == nil {
		err = json.Unmarshal(b, &a.names)
	}
	if err != nil {
		return assets{}, fmt.Errorf("manifest.json: %w", err)
	}
	return a, nil
}

func (a assets) built() bool { return len(a.names) > 0 }

// Missing reports whether the binary was built without scripts and styles.
func (a assets) Missing() bool { return !a.built() }

// Path is the address of a script or style: "board.js". It is "" for one that
// was not built.
func (a assets) Path(name string) string {
	if file, ok := a.names[name]; ok {
		return "/assets/" + file
	}
	return ""
}

// as answers with a built file at an address of its own, which browsers ask for
// again each time.
func (a assets) as(w http.ResponseWriter, r *http.Request, name string) {
	file, ok := a.names[name]
	if !ok {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Cache-Control", "no-cache")
	http.ServeFileFS(w, r, a.folder, "assets/"+file)
}

// serve answers with a built file. Only names of the manifest's files exist.
func (a assets) serve(w http.ResponseWriter, r *http.Request) {
	for _, file := range a.names {
		if r.URL.Path == "/assets/"+file {
			w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
			w.Header().Set("X-Content-Type-Options", "nosniff")
			a.files.ServeHTTP(w, r)
			return
		}
	}
	http.NotFound(w, r)
}
