package main

import (
	_ "github.com/adrg/xdg"
	_ "github.com/charmbracelet/x/ansi"
	_ "github.com/charmbracelet/x/vt"
	_ "github.com/google/go-cmp/cmp"
	_ "github.com/google/renameio/v2"
	_ "github.com/robfig/cron/v3"
	_ "github.com/rogpeppe/go-internal/testscript"
	_ "k8s.io/pod-security-admission/test"
)
