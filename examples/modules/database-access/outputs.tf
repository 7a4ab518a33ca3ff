output "access" {
  value       = local.access
  description = "The principals of each role, from all sources."
}
