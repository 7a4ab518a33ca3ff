schema_version = 1

project {
  license          = "MPL-2.0"
  copyright_holder = "The authors of terraform-provider-kusto"

  # tools/spdx.sh leaves these out too.
  header_ignore = [
    "**/testdata/**",
    "**/node_modules/**",
    ".cache/**",
    "docs/**",
    "examples/**",
  ]
}
