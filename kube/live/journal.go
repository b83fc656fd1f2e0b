package live

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
)

// Journal is a file of lines in JSON that only grows. A line is on the disk when Write returns, so that a killed process
// forgets nothing. It is safe for concurrent use.
type Journal[T any] struct {
	mu    sync.Mutex
	file  *os.File
	lines []T
}

// OpenJournal opens a journal that only the user can read; its folder need not exist.
func OpenJournal[T any](path string) (*Journal[T], error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("make folder for ledger: %w", err)
	}
	lines, whole, err := readLines[T](path)
	if err != nil {
		return nil, err
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open ledger: %w", err)
	}
	j := &Journal[T]{file: file, lines: lines}
	if !whole { // what is written next must not end up in the line that was cut off
		if err := j.append([]byte("\n")); err != nil {
			return nil, errors.Join(err, file.Close())
		}
	}
	return j, nil
}

// ReadJournal reads a journal without opening it for writing. One that does not exist has no lines.
func ReadJournal[T any](path string) ([]T, error) {
	lines, _, err := readLines[T](path)
	return lines, err
}

// readLines reads what is there, and whether it ends with a whole line. A last line that was cut off by a crash stands
// for a request that was never sent.
func readLines[T any](path string) (lines []T, whole bool, err error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, true, nil
	}
	if err != nil {
		return nil, false, fmt.Errorf("read ledger: %w", err)
	}
	scanner := bufio.NewScanner(bytes.NewReader(data))
	for scanner.Scan() {
		var line T
		if json.Unmarshal(scanner.Bytes(), &line) == nil {
			lines = append(lines, line)
		}
	}
	return lines, len(data) == 0 || data[len(data)-1] == '\n', scanner.Err()
}

// Write adds a line; it is on the disk when Write returns.
func (j *Journal[T]) Write(line T) error {
	data, err := json.Marshal(line)
	if err != nil {
		return fmt.Errorf("encode ledger entry: %w", err)
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if err := j.append(append(data, '\n')); err != nil {
		return err
	}
	j.lines = append(j.lines, line)
	return nil
}

func (j *Journal[T]) append(data []byte) error {
	if _, err := j.file.Write(data); err != nil {
		return fmt.Errorf("write ledger: %w", err)
	}
	if err := j.file.Sync(); err != nil {
		return fmt.Errorf("write ledger: %w", err)
	}
	return nil
}

// Lines are all lines, oldest first.
func (j *Journal[T]) Lines() []T {
	j.mu.Lock()
	defer j.mu.Unlock()
	return append([]T(nil), j.lines...)
}

// Clear empties the journal.
func (j *Journal[T]) Clear() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if err := j.file.Truncate(0); err != nil {
		return fmt.Errorf("empty ledger: %w", err)
	}
	j.lines = nil
	return nil
}

// Close closes the file.
func (j *Journal[T]) Close() error { return j.file.Close() }
