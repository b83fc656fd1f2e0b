package image

import (
	"sync"
	"time"
)

// What Kyverno's cache of verified images is set to (imageVerifyCacheTTLDuration, imageVerifyCacheMaxSize).
const (
	cacheLife = time.Hour
	cacheSize = 1000
)

// Cache remembers what was verified for an hour. It implements engine.ImageCache and is safe for concurrent use.
type Cache struct {
	now     func() time.Time
	mutex   sync.Mutex
	expires map[string]time.Time
}

// NewCache returns an empty cache with a clock; nil is the real one.
func NewCache(now func() time.Time) *Cache {
	if now == nil {
		now = time.Now
	}
	return &Cache{now: now, expires: map[string]time.Time{}}
}

// Get says whether the key was set within the last hour.
func (c *Cache) Get(key string) bool {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	expires, ok := c.expires[key]
	return ok && c.now().Before(expires)
}

// Set remembers the key. When the cache is full, what would expire first is forgotten.
func (c *Cache) Set(key string) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	now := c.now()
	if _, known := c.expires[key]; !known && len(c.expires) >= cacheSize {
		c.forget(now)
	}
	c.expires[key] = now.Add(cacheLife)
}

func (c *Cache) forget(now time.Time) {
	oldest, first := "", time.Time{}
	for key, expires := range c.expires {
		if !now.Before(expires) {
			delete(c.expires, key)
			continue
		}
		if oldest == "" || expires.Before(first) {
			oldest, first = key, expires
		}
	}
	if len(c.expires) >= cacheSize {
		delete(c.expires, oldest)
	}
}
