/// The version of the program, as `--version`, metrics and the ledger say it.
package enum Version {
    package static let current = "0.1.0"
}
