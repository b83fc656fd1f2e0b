package account

// Names are the names of what the lab about signatures makes in an account.
type Names struct {
	Aliases      []string // of the keys
	Repositories []string // of the images
}

// WorkshopNames are the names that the workshop's own lab uses.
func WorkshopNames() Names {
	return Names{
		Aliases:      []string{"alias/image-signing-cosign", "alias/image-signing-second"},
		Repositories: []string{"supply-chain-security", "payments"},
	}
}
