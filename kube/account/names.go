package account

// Names are the names of what the lab about signatures makes in an account.
type Names struct {
	Alias        string   // of the key
	Repositories []string // of the images
}

// WorkshopNames are the names that the workshop's own lab uses.
func WorkshopNames() Names {
	return Names{Alias: "alias/image-signing-cosign", Repositories: []string{"supply-chain-security", "payments"}}
}
