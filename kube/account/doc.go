// Package account looks at an AWS account before anything is made in it: whether region and credentials are there, whose
// they are, and what they allow. It only asks; nothing is created, signed or changed.
package account
