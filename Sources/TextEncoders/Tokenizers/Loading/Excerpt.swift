/// The beginning of `text`, for errors: a file may call things by names of any length.
func excerpt(_ text: String) -> String { excerpt(Array(text.utf8)[...]) }

func excerpt(_ text: ArraySlice<UInt8>) -> String {
  let limit = 60
  guard text.count > limit else { return String(decoding: text, as: UTF8.self) }
  return String(decoding: text.prefix(limit), as: UTF8.self) + "…"
}
