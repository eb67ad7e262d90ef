internal import Formats

/// The embeddings (textual inversion) that adapters bring along, which a merge passes on as they are.
///
/// Web UIs find them by names that only files in kohya's dialect have (`bundle_emb.NAME.…`). Of two with
/// the same name that of the first adapter counts.
struct BundledEmbeddings {
  struct Tensor {
    let adapter: Int
    let entry: TensorEntry
  }

  let tensors: [Tensor]
  private let byName: [TensorName: Tensor]

  init(of plan: MergePlan) {
    var tensors: [Tensor] = []
    var byName: [TensorName: Tensor] = [:]
    var owners: [Substring: Int] = [:]
    for index in plan.dialect == .kohya ? plan.active : [] {
      for entry in plan.members[index].file.embeddings {
        // All tensors of one embedding are of one adapter.
        let name = entry.name.string.split(separator: ".", maxSplits: 2).dropFirst().first ?? ""
        guard owners[name, default: index] == index else { continue }
        owners[name] = index
        let tensor = Tensor(adapter: index, entry: entry)
        tensors.append(tensor)
        byName[entry.name] = tensor
      }
    }
    (self.tensors, self.byName) = (tensors, byName)
  }

  subscript(name: TensorName) -> Tensor? { byName[name] }
}
