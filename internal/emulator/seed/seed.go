// SPDX-License-Identifier: MPL-2.0

package seed

import (
	"fmt"
	"os"
	"path/filepath"
)

// Seed is what an emulator has at its start. It has no mistakes: [Parse] found none.
type Seed struct {
	tenants  []*tenant
	personal []*principal
	clusters []*cluster
	signIn   reference
}

// tenant is a tenant with its principals. Its domains are its own and those of the
// addresses in it.
type tenant struct {
	line         int
	domain       text
	id, name     text
	domains      []string
	users        []*principal
	groups       []*principal
	applications []*principal
}

// principal is a user, a group, an application or a personal account.
type principal struct {
	line     int
	name     text // of a group or an application; the display name of a user
	address  text // the UPN of a user, the mail address of a group
	objectID text
	clientID text
	secret   text // the password of a user
	members  []reference
}

type cluster struct {
	line                      int
	uri                       text
	host                      string
	admins, viewers, monitors []reference
	databases                 []*database
}

type database struct {
	line         int
	name, pretty text
	follows      bool
	entities     map[string][]entity // by kind
	grants       []*grant
}

type entity struct{ name, folder text }

type grant struct {
	line      int
	principal reference
	role      text
	notes     text
	securable map[string]*text // by the word of its kind; at most one is set
	kind      string           // as commands spell it
	entity    string
}

// text is a value with its line. It is empty if the key was left out.
type text struct {
	value string
	line  int
}

// reference is a principal as it was written, and the object id that it stands for.
type reference struct {
	text

	objectID string
}

// Read reads a seed from a file.
func Read(path string) (*Seed, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("emulator: %w", err)
	}
	return Parse(filepath.Base(path), content)
}

// Parse reads a seed. The error of a mistake names the file and the line.
func Parse(file string, content []byte) (*Seed, error) {
	r := &reader{file: file}
	s := &Seed{}
	root := r.parse(content)
	if r.err == nil {
		r.seed(root, s)
	}
	for _, check := range []func(*Seed){r.fillIn, r.checkNames, r.resolve} {
		if r.err != nil {
			return nil, r.err
		}
		check(s)
	}
	if r.err != nil {
		return nil, r.err
	}
	return s, nil
}
