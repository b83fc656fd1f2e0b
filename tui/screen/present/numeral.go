package present

import (
	"fmt"
	"strings"
)

// numeralRows is the height of a digit.
const numeralRows = 5

// digits are the digits as they are drawn: a bit for each of three columns, row by row.
var digits = [10][numeralRows]uint8{
	{7, 5, 5, 5, 7}, {2, 6, 2, 2, 7}, {7, 1, 7, 4, 7}, {7, 1, 7, 1, 7}, {5, 5, 7, 1, 1},
	{7, 4, 7, 1, 7}, {7, 4, 7, 5, 7}, {7, 1, 1, 1, 1}, {7, 5, 7, 5, 7}, {7, 5, 7, 1, 7},
}

// numeral draws a number in digits that can be read from afar.
func numeral(n int) []string {
	out := make([]string, numeralRows)
	for i, r := range fmt.Sprint(max(0, n)) {
		for row := range out {
			if i > 0 {
				out[row] += "  "
			}
			for _, bit := range []uint8{4, 2, 1} {
				cell := "  "
				if digits[r-'0'][row]&bit != 0 {
					cell = "██"
				}
				out[row] += cell
			}
		}
	}
	for row := range out {
		out[row] = strings.TrimRight(out[row], " ")
	}
	return out
}
