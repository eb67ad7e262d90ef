/// The version that goes into files and onto the terminal.
package enum LoracVersion {
  package static let current = "0.1.0"
}
