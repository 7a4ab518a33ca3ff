package emulator

import "crypto/x509"

// AddSecret gives application p one more valid client secret.
func (d *Directory) AddSecret(p *Principal, secret string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	p.Secrets = append(p.Secrets, secret)
}

// ExpireSecret makes one of p's client secrets one that has expired.
func (d *Directory) ExpireSecret(p *Principal, secret string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	kept := make([]string, 0, len(p.Secrets))
	for _, s := range p.Secrets {
		if s != secret {
			kept = append(kept, s)
		}
	}
	p.Secrets = kept
	p.ExpiredSecrets = append(p.ExpiredSecrets, secret)
}

// AddCertificate registers a certificate with application p.
func (d *Directory) AddCertificate(p *Principal, c *x509.Certificate) {
	d.mu.Lock()
	defer d.mu.Unlock()
	p.Certificates = append(p.Certificates, c)
}

// AddFederatedCredential lets application p sign in with issuer's tokens for
// subject, for the audience [FederatedAudience].
func (d *Directory) AddFederatedCredential(p *Principal, issuer, subject string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	p.FederatedCredentials = append(p.FederatedCredentials, FederatedCredential{Issuer: issuer, Subject: subject})
}
