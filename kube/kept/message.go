package kept

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// variable tells a process that it was started to serve, and on which file.
const variable = "PODSEC_KEPT"

// longest is the length of the longest command line, as the system limits it for processes too.
const longest = 1 << 21

// The answers to a command: that it was taken, and then how it ended. The process is there again, or it was the last.
const (
	taken = 't'
	again = 'a'
	last  = 'l'
)

// encode is a command line as it is sent: its length, and JSON.
func encode(args []string) ([]byte, error) {
	data, err := json.Marshal(args)
	if err != nil {
		return nil, fmt.Errorf("encode command: %w", err)
	}
	if len(data) > longest {
		return nil, errors.New("encode command: it is too long")
	}
	return append(binary.BigEndian.AppendUint32(nil, uint32(len(data))), data...), nil
}

// decode reads a command line.
func decode(from io.Reader) ([]string, error) {
	var head [4]byte
	if _, err := io.ReadFull(from, head[:]); err != nil {
		return nil, fmt.Errorf("read command: %w", err)
	}
	length := binary.BigEndian.Uint32(head[:])
	if length > longest {
		return nil, errors.New("read command: it is too long")
	}
	data := make([]byte, length)
	if _, err := io.ReadFull(from, data); err != nil {
		return nil, fmt.Errorf("read command: %w", err)
	}
	var args []string
	if err := json.Unmarshal(data, &args); err != nil {
		return nil, fmt.Errorf("read command: %w", err)
	}
	return args, nil
}
