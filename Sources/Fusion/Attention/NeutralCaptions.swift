/// Captions of everyday pictures, none of which any adapter is about.
package enum NeutralCaptions {
  package static let texts = [
    "a photo of a dog on the grass", "a cat asleep on a chair", "a woman walking in a park",
    "a man reading a newspaper", "children playing in a garden", "two people talking at a table",
    "a city street with parked cars", "a red car on a road", "a bicycle leaning on a wall",
    "a train at a station", "an airplane in the sky", "a boat on a lake", "a bridge over a river",
    "a house with a blue door", "a kitchen with white cupboards", "a bedroom with a window",
    "an old stone church", "a tall building at night", "a market full of people",
    "a bowl of fruit on a table", "a slice of bread with cheese", "a cup of coffee",
    "a vase of flowers", "a stack of books", "a lamp on a desk", "a pair of shoes", "a wrist watch",
    "a guitar on a stand", "a laptop and a phone", "a mountain covered with snow",
    "a field of wheat", "a forest path in autumn", "a beach with palm trees", "clouds at sunset",
    "the moon over the sea", "a horse in a meadow", "birds on a wire", "a fish under water",
    "a portrait of a person", "a drawing of a tree", "a painting of a landscape",
    "a black and white photograph", "a close-up of a hand", "a plain background",
  ]
}
