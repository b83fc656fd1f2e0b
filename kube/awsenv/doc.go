// Package awsenv makes the AWS SDK's configuration of an environment that is given as a value. The SDK itself reads that
// of the process and the user's files.
package awsenv
