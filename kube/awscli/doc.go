// Package awscli is a stand-in for the AWS CLI (version 2): the commands of kms, ecr and sts that the workshop uses, with
// the AWS CLI's options, output formats, error texts and exit statuses.
//
// It calls the services through the AWS SDK, with the SDK's configuration: the same command works on the simulated
// account, whose endpoints the environment names, and on a real one. In its version and help it says what it is.
package awscli
