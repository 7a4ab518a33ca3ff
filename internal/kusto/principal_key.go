// SPDX-License-Identifier: MPL-2.0

package kusto

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
)

// PrincipalKey is equal for names that are the same principal without asking Kusto, as
// [FQN.Equal] says.
type PrincipalKey struct {
	kind       PrincipalType
	id, tenant string
}

func (k PrincipalKey) compare(o PrincipalKey) int {
	return cmp.Or(cmp.Compare(k.kind, o.kind), cmp.Compare(k.id, o.id), cmp.Compare(k.tenant, o.tenant))
}

// Key is the name's key in a map.
func (f FQN) Key() PrincipalKey { return PrincipalKey{f.Type, fold(f.ID), f.tenant()} }

// NameKey is equal for names of one type and one id, whatever their tenant. They may still be
// two principals.
type NameKey struct {
	kind PrincipalType
	id   string
}

// NameKey is the key of the name without its tenant.
func (f FQN) NameKey() NameKey { return nameKey(f.Type, f.ID) }

func nameKey(t PrincipalType, id string) NameKey { return NameKey{t, fold(id)} }

// Equal reports whether two names are the same without asking Kusto: ignoring the case of
// ASCII letters, and with tenants that are known to be one. Names that differ may still be
// one principal, such as a UPN and an object id.
func (f FQN) Equal(g FQN) bool {
	return f.Key() == g.Key() || f.WithTenantID("").Key() == g.WithTenantID("").Key() // the tenant of one may not be learned
}

// TenantDomain is the domain of the name's tenant: where it is written instead of the id, or is
// left to the domain in the id. Empty if there is none to be looked up.
func (f FQN) TenantDomain() string {
	if t := f.tenant(); !IsGUID(t) {
		return t
	}
	return ""
}

// WithTenantID is the name with the id of its tenant, for comparisons. Commands and messages
// have the name as it is written.
func (f FQN) WithTenantID(id string) FQN {
	f.tenantID = fold(id)
	return f
}

// tenant is the id of the tenant, or its domain if the id is not known. Empty if the name says
// neither.
func (f FQN) tenant() string {
	if f.tenantID != "" {
		return f.tenantID
	}
	if f.Tenant != "" {
		return fold(f.Tenant)
	}
	return f.domain()
}

// domain is the part of a UPN or address of Microsoft Entra ID after the @.
func (f FQN) domain() string {
	if f.Type == MSA || f.Type == Other || !isAddress(f.ID) {
		return ""
	}
	return fold(f.ID[strings.LastIndexByte(f.ID, '@')+1:])
}

// IsCanonical reports whether the name is in the form of Kusto's answers: an id and a
// tenant id, a Microsoft account, or a prefix that only Kusto knows. Two such names that
// differ are two principals, except that an application may also be written with its object
// id.
func (f FQN) IsCanonical() bool {
	return f.Type == MSA || f.Type == Other || IsGUID(f.ID) && IsGUID(f.Tenant)
}

// fold writes ASCII letters in lower case, and leaves all others alone: what else Kusto takes
// for equal is not known.
func fold(s string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}

// isAbout reports whether a sentence of the service names the principal: as a whole, since a
// short name may be a part of any word.
func (f FQN) isAbout(text string) bool {
	text, id := fold(text), fold(f.ID)
	if strings.Contains(text, fold(f.String())) || strings.Contains(text, "'"+id+"'") || strings.Contains(text, `"`+id+`"`) {
		return true
	}
	return (IsGUID(f.ID) || isAddress(f.ID)) && slices.Contains(strings.FieldsFunc(text, notInName), id)
}

func notInName(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(`'"()[],;:=`, r) }

// SameName reports whether two case-insensitive names are equal. Only ASCII letters have a
// case here.
func SameName(a, b string) bool { return fold(a) == fold(b) }

// FoldName is the one spelling of a case-insensitive name, for keys.
func FoldName(name string) string { return fold(name) }
