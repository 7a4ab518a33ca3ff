openssl req -x509 -newkey rsa:2048 -sha256 -days 365 -nodes -subj "/CN=terraform-kusto" \
  -keyout key.pem -out certificate.pem
openssl pkcs12 -export -inkey key.pem -in certificate.pem -out kusto.pfx
cat key.pem certificate.pem > kusto.pem
chmod 600 key.pem kusto.pem kusto.pfx
