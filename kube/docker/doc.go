// Package docker is a stand-in for the docker command: login, logout, pull, tag, push, images, inspect and rmi, with
// docker's options and texts.
//
// There is no daemon and nothing can be run. Images are kept in a folder, in the OCI image layout that other tools read
// too, and registries are used for real. In its version and help it says what it is.
package docker
