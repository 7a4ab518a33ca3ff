$certificate = New-SelfSignedCertificate -Subject "CN=terraform-kusto" -CertStoreLocation Cert:\CurrentUser\My `
  -KeyAlgorithm RSA -KeyLength 2048 -KeyExportPolicy Exportable -NotAfter (Get-Date).AddYears(1)
$password = Read-Host -AsSecureString "Password for kusto.pfx"
Export-PfxCertificate -Cert $certificate -FilePath kusto.pfx -Password $password
Export-Certificate -Cert $certificate -FilePath certificate.cer
certutil -f -encode certificate.cer certificate.pem
