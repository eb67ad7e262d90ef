package import Formats

/// What a converted file is to look like; nil leaves it as it is.
package struct ConversionOptions: Sendable {
  package var dialect: AdapterDialect?
  package var dtype: DType?
  /// Whether scales go into the factors, so that each becomes 1.
  package var foldsScale: Bool
  package var edits: MetadataEdits

  package init(
    dialect: AdapterDialect? = nil, dtype: DType? = nil, foldsScale: Bool = false,
    edits: MetadataEdits = MetadataEdits()
  ) {
    (self.dialect, self.dtype) = (dialect, dtype)
    (self.foldsScale, self.edits) = (foldsScale, edits)
  }
}
