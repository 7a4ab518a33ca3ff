module "everyone" {
  source = "./modules/database-access"

  databases    = ["Audited"]
  access_files = ["${path.module}/audited.json"]
  exclusive    = true
}
