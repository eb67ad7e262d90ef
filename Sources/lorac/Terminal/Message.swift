import Formats

/// `message` as it is shown: control characters escaped, long names cut inside.
///
/// Messages quote names out of files, and a name may be as long as its file. A path is never longer
/// than the system allows, and stays whole.
func readable(_ message: String) -> String {
  guard message.utf8.count > String.nameLimit else { return printable(message) }
  let (pathLimit, messageLimit) = (4096, 1 << 14)
  return message.withoutMiddle(over: messageLimit)
    .split(separator: " ", omittingEmptySubsequences: false)
    .map { word in
      String(word).shortenedInside(to: word.hasPrefix("'") ? String.nameLimit : pathLimit)
    }
    .joined(separator: " ")
}
