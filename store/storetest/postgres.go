package storetest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// guard runs the server until its standard input ends, which the end of the
// test process brings about however it comes, and cleans up. The server
// listens on a socket in the folder, not on the network, and may lose data.
const guard = `
"$1/initdb" -D "$2/data" -U postgres -A trust -E UTF8 --locale=C.UTF-8 --no-sync >"$2/log" 2>&1 || exit 1
"$1/postgres" -D "$2/data" -k "$2" -c listen_addresses= -c fsync=off -c synchronous_commit=off \
	-c full_page_writes=off -c shared_buffers=16MB -c autovacuum=off >>"$2/log" 2>&1 &
server=$!
cat >/dev/null
kill -QUIT $server
wait $server
rm -rf "$2"
`

// startPostgres starts a server and returns its URL once it answers.
func startPostgres() (string, error) {
	bin, err := findPostgres()
	if err != nil {
		return "", err
	}
	// A socket's path is at most 107 bytes long: no deeper than this.
	dir, err := os.MkdirTemp("", "anxin-pg-")
	if err != nil {
		return "", err
	}
	cmd := exec.Command("sh", "-c", guard, "guard", bin, dir)
	cmd.Dir = dir
	if os.Geteuid() == 0 {
		if cmd.SysProcAttr, err = asPostgres(dir); err != nil {
			return "", err
		}
	}
	if _, err := cmd.StdinPipe(); err != nil { // stays open as long as this process lives
		return "", err
	}
	if err := cmd.Start(); err != nil {
		return "", fmt.Errorf("start PostgreSQL: %w", err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	at := "postgres:///postgres?" + url.Values{"host": {dir}, "user": {"postgres"}}.Encode()
	if err := waitFor(at, ended); err != nil {
		log, _ := os.ReadFile(filepath.Join(dir, "log"))
		os.RemoveAll(dir)
		return "", fmt.Errorf("start PostgreSQL from %s: %w\n%s", bin, err, log)
	}
	return at, nil
}

// findPostgres finds the folder of the newest server's programs.
func findPostgres() (string, error) {
	if path, err := exec.LookPath("initdb"); err == nil {
		return filepath.Dir(path), nil
	}
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil || len(found) == 0 {
		return "", errors.New("initdb is neither in PATH nor in /usr/lib/postgresql")
	}
	version := func(path string) int {
		n, _ := strconv.Atoi(strings.Split(path, "/")[4])
		return n
	}
	slices.SortFunc(found, func(a, b string) int { return version(a) - version(b) })
	return filepath.Dir(found[len(found)-1]), nil
}

// asPostgres makes the server run as the package's own user, because it
// refuses to run as root.
func asPostgres(dir string) (*syscall.SysProcAttr, error) {
	owner, err := user.Lookup("postgres")
	if err != nil {
		return nil, fmt.Errorf("PostgreSQL does not run as root: %w", err)
	}
	uid, err := strconv.ParseUint(owner.Uid, 10, 32)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.ParseUint(owner.Gid, 10, 32)
	if err != nil {
		return nil, err
	}
	if err := os.Chown(dir, int(uid), int(gid)); err != nil {
		return nil, err
	}
	return &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}, nil
}

// waitFor returns when the server answers, or has ended instead.
func waitFor(at string, ended <-chan error) error {
	db, err := sql.Open("pgx", at)
	if err != nil {
		return err
	}
	defer db.Close()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	retry := time.NewTicker(50 * time.Millisecond)
	defer retry.Stop()
	for {
		refused := db.PingContext(ctx)
		if refused == nil {
			return nil
		}
		select {
		case err := <-ended:
			return errors.Join(errors.New("it ended"), err)
		case <-ctx.Done():
			return fmt.Errorf("it does not answer: %w", refused)
		case <-retry.C:
		}
	}
}
