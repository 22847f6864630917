// The category tree with its economics. One line a leaf, in the order of LeafSpec's members.
#include "tools/simulate/vocabulary.hpp"

namespace souk::simulate {
namespace {

constexpr Sizing kNone = Sizing::none;
constexpr Sizing kWear = Sizing::apparel;
constexpr Sizing kShoe = Sizing::shoe;
constexpr Sizing kPack = Sizing::pack;
constexpr Sizing kStorage = Sizing::storage;

// clang-format off
constexpr LeafSpec kLeaves[] = {
  {"Apparel", "Women", "Dresses", "Midi Dress|Wrap Dress|Maxi Dress|Shirt Dress", 59, .45, 3.0, .45, 150, 1.15, .10, 0, kWear, "Women's Jackets|Handbags|Sandals"},
  {"Apparel", "Women", "Women's Tops", "Blouse|Top|Tunic|Cardigan", 32, .40, 3.2, .15, 110, 1.1, .08, 0, kWear, "Women's Jeans|Scarves & Hats"},
  {"Apparel", "Women", "Women's Jeans", "Jeans|Trousers|Chinos|Leggings", 54, .40, 2.4, .10, 280, 1.1, .11, 0, kWear, "Belts|Women's Tops"},
  {"Apparel", "Women", "Women's Jackets", "Coat|Jacket|Parka|Blazer", 109, .45, 1.5, .70, 320, 1.1, .12, 0, kWear, "Scarves & Hats|Boots"},
  {"Apparel", "Men", "Shirts", "Shirt|Oxford Shirt|Polo Shirt", 44, .40, 2.0, .10, 130, 1.0, .08, 0, kWear, "Men's Trousers|Belts"},
  {"Apparel", "Men", "T-Shirts", "T-Shirt|Longsleeve|Henley", 22, .35, 2.4, .40, 180, 1.05, .06, 0, kWear, "Men's Trousers|Sneakers"},
  {"Apparel", "Men", "Men's Trousers", "Jeans|Chinos|Shorts|Joggers", 55, .38, 1.8, .10, 140, 1.05, .10, 0, kWear, "Belts|Shirts"},
  {"Apparel", "Men", "Men's Jackets", "Jacket|Parka|Bomber|Overcoat", 119, .45, 1.2, .70, 315, 1.05, .11, 0, kWear, "Scarves & Hats|Boots"},
  {"Apparel", "Shoes", "Sneakers", "Sneakers|Runners|Trainers", 84, .42, 2.8, .20, 120, 1.1, .08, 0, kShoe, "Shoe Care|T-Shirts"},
  {"Apparel", "Shoes", "Boots", "Boots|Ankle Boots|Chelsea Boots", 118, .40, 1.6, .80, 310, 1.1, .10, 0, kShoe, "Shoe Care"},
  {"Apparel", "Shoes", "Sandals", "Sandals|Slides|Espadrilles", 48, .40, 1.3, .95, 170, 1.1, .08, 0, kShoe, "Sunscreen"},
  {"Apparel", "Shoes", "Shoe Care", "Shoe Cream|Suede Spray|Shoe Brush", 11, .35, .5, .15, 310, 1.0, .02, 150, kNone, ""},
  {"Apparel", "Accessories", "Handbags", "Handbag|Tote|Crossbody Bag|Shopper", 79, .55, 1.6, .20, 345, 1.15, .06, 0, kNone, "Purses"},
  {"Apparel", "Accessories", "Purses", "Wallet|Purse|Card Holder", 34, .45, .8, .35, 345, 1.05, .04, 0, kNone, ""},
  {"Apparel", "Accessories", "Belts", "Belt|Leather Belt", 29, .35, .7, .15, 345, 1.0, .05, 0, kNone, ""},
  {"Apparel", "Accessories", "Scarves & Hats", "Scarf|Beanie|Cap|Gloves", 24, .40, 1.1, .95, 330, 1.05, .05, 0, kNone, ""},

  {"Home", "Kitchen", "Cookware", "Frying Pan|Saucepan|Casserole|Wok", 49, .55, 1.6, .30, 345, 1.1, .04, 0, kNone, "Kitchen Tools|Oils & Vinegar"},
  {"Home", "Kitchen", "Coffee Machines", "Espresso Machine|Coffee Maker|Coffee Grinder", 169, .60, 1.1, .35, 340, 1.0, .06, 0, kNone, "Coffee|Descaler & Filters|Mugs & Glasses"},
  {"Home", "Kitchen", "Kitchen Tools", "Knife|Spatula Set|Cutting Board|Peeler", 19, .60, 1.2, .25, 345, 1.0, .03, 0, kNone, ""},
  {"Home", "Kitchen", "Mugs & Glasses", "Mug|Glass Set|Espresso Cups|Carafe", 18, .40, 1.2, .35, 345, 1.05, .04, 0, kNone, ""},
  {"Home", "Kitchen", "Descaler & Filters", "Descaler|Water Filter|Paper Filters", 12, .30, .8, .0, 0, .95, .01, 60, kPack, ""},
  {"Home", "Bedroom", "Bedding", "Duvet Cover|Fitted Sheet|Blanket", 49, .45, 1.6, .20, 300, 1.15, .06, 0, kNone, "Pillows|Laundry"},
  {"Home", "Bedroom", "Pillows", "Pillow|Neck Pillow|Duvet", 36, .45, 1.0, .10, 290, 1.1, .06, 0, kNone, ""},
  {"Home", "Living", "Lighting", "Table Lamp|Floor Lamp|Pendant Light", 69, .60, 1.4, .40, 325, 1.15, .05, 0, kNone, "Smart Lights|Light Bulbs"},
  {"Home", "Living", "Light Bulbs", "LED Bulb|LED Spot", 9, .40, .6, .25, 330, .95, .02, 200, kPack, ""},
  {"Home", "Living", "Cushions & Throws", "Cushion|Throw|Pouf", 27, .45, 1.2, .40, 320, 1.15, .05, 0, kNone, ""},
  {"Home", "Living", "Candles", "Scented Candle|Candle Set|Diffuser", 17, .40, 1.3, .80, 345, 1.1, .02, 75, kNone, ""},
  {"Home", "Garden", "Garden Furniture", "Garden Chair|Garden Table|Sun Lounger", 149, .65, .9, 1.3, 145, 1.3, .05, 0, kNone, "Cushions & Throws|Plant Pots"},
  {"Home", "Garden", "Plant Pots", "Plant Pot|Planter|Watering Can", 21, .45, .9, .90, 125, 1.25, .03, 0, kNone, "Soil & Plant Food"},
  {"Home", "Garden", "Soil & Plant Food", "Potting Soil|Plant Food|Fertiliser", 12, .30, .7, 1.0, 120, 1.2, .01, 45, kPack, ""},

  {"Electronics", "Computers", "Laptops", "Laptop|Notebook|Ultrabook", 899, .40, 1.6, .25, 330, 1.0, .06, 0, kStorage, "Laptop Sleeves|Keyboards & Mice|USB Hubs"},
  {"Electronics", "Computers", "Monitors", "Monitor|Ultrawide Monitor", 249, .45, 1.0, .25, 330, .9, .05, 0, kNone, "Keyboards & Mice|Cables & Chargers"},
  {"Electronics", "Computers", "Keyboards & Mice", "Keyboard|Mouse|Trackpad", 49, .55, 1.3, .15, 335, .9, .05, 0, kNone, ""},
  {"Electronics", "Computers", "Laptop Sleeves", "Laptop Sleeve|Laptop Backpack", 32, .35, .8, .20, 255, .95, .04, 0, kNone, ""},
  {"Electronics", "Computers", "USB Hubs", "USB Hub|Docking Station|Card Reader", 44, .55, .7, .10, 330, .85, .04, 0, kNone, ""},
  {"Electronics", "Audio", "Headphones", "Headphones|Earbuds|Headset", 99, .60, 2.2, .40, 340, 1.0, .07, 0, kNone, "Headphone Cases"},
  {"Electronics", "Audio", "Headphone Cases", "Headphone Case|Ear Pads", 15, .35, .4, .20, 340, 1.0, .03, 0, kNone, ""},
  {"Electronics", "Audio", "Speakers", "Bluetooth Speaker|Soundbar|Bookshelf Speaker", 119, .65, 1.3, .35, 340, 1.05, .05, 0, kNone, "Cables & Chargers"},
  {"Electronics", "Phones", "Smartphones", "Smartphone", 499, .45, 1.8, .25, 335, 1.0, .05, 0, kStorage, "Phone Cases|Screen Protectors|Cables & Chargers"},
  {"Electronics", "Phones", "Phone Cases", "Phone Case|Folio Case", 19, .35, 1.6, .10, 340, 1.0, .05, 0, kNone, "Screen Protectors"},
  {"Electronics", "Phones", "Screen Protectors", "Screen Protector", 12, .30, .8, .05, 340, 1.0, .04, 0, kNone, ""},
  {"Electronics", "Phones", "Cables & Chargers", "USB-C Cable|Charger|Power Bank", 22, .45, 1.7, .10, 335, .95, .03, 0, kNone, ""},
  {"Electronics", "Smart Home", "Smart Lights", "Smart Bulb|Light Strip", 35, .50, .8, .40, 335, 1.0, .05, 0, kNone, ""},
  {"Electronics", "Smart Home", "Security Cameras", "Security Camera|Video Doorbell", 109, .45, .7, .15, 300, 1.0, .06, 0, kNone, ""},

  {"Groceries", "Coffee & Tea", "Coffee", "Coffee Beans|Ground Coffee|Espresso Capsules", 13, .35, 2.2, .12, 350, .95, .005, 28, kPack, "Descaler & Filters|Biscuits & Chocolate"},
  {"Groceries", "Coffee & Tea", "Tea", "Green Tea|Black Tea|Herbal Tea", 7, .35, 1.3, .35, 345, .95, .005, 40, kPack, "Biscuits & Chocolate"},
  {"Groceries", "Pantry", "Pasta & Rice", "Spaghetti|Penne|Basmati Rice|Risotto Rice", 4, .35, 1.5, .05, 330, 1.05, .005, 30, kPack, "Pasta Sauces|Oils & Vinegar"},
  {"Groceries", "Pantry", "Pasta Sauces", "Tomato Sauce|Pesto|Passata", 4, .30, 1.1, .05, 330, 1.05, .005, 30, kPack, ""},
  {"Groceries", "Pantry", "Oils & Vinegar", "Olive Oil|Balsamic Vinegar|Rapeseed Oil", 11, .40, 1.0, .05, 340, 1.0, .005, 55, kNone, ""},
  {"Groceries", "Pantry", "Biscuits & Chocolate", "Dark Chocolate|Shortbread|Cookies|Pralines", 5, .40, 1.6, .65, 345, 1.1, .005, 25, kPack, ""},
  {"Groceries", "Household", "Laundry", "Laundry Detergent|Fabric Softener|Stain Remover", 13, .30, 1.5, .03, 90, .95, .005, 38, kPack, ""},
  {"Groceries", "Household", "Dishwashing", "Dishwasher Tablets|Washing-up Liquid|Rinse Aid", 10, .30, 1.2, .03, 345, .95, .005, 42, kPack, ""},
  {"Groceries", "Household", "Paper Goods", "Toilet Paper|Kitchen Roll|Tissues", 9, .25, 1.3, .12, 20, .95, .005, 30, kPack, ""},
  {"Groceries", "Pets", "Dog Food", "Dry Dog Food|Wet Dog Food|Dog Snacks", 24, .50, 1.2, .0, 0, 1.0, .01, 26, kPack, "Pet Toys"},
  {"Groceries", "Pets", "Cat Food", "Dry Cat Food|Wet Cat Food|Cat Litter", 18, .50, 1.3, .0, 0, 1.0, .01, 24, kPack, "Pet Toys"},
  {"Groceries", "Pets", "Pet Toys", "Dog Toy|Cat Toy|Chew Bone", 9, .40, .6, .30, 345, 1.05, .02, 0, kNone, ""},

  {"Beauty", "Skin Care", "Cleansers", "Cleanser|Face Wash|Micellar Water", 14, .50, 1.4, .05, 30, 1.0, .015, 50, kNone, "Moisturisers"},
  {"Beauty", "Skin Care", "Moisturisers", "Face Cream|Day Cream|Night Cream|Serum", 26, .65, 1.8, .20, 20, 1.0, .02, 55, kNone, "Sunscreen"},
  {"Beauty", "Skin Care", "Sunscreen", "Sunscreen|Sun Lotion|After Sun", 16, .35, .9, 1.2, 175, 1.1, .01, 60, kNone, ""},
  {"Beauty", "Hair", "Shampoo", "Shampoo|Dry Shampoo|Hair Mask", 11, .50, 1.5, .0, 0, 1.0, .01, 45, kNone, "Conditioner"},
  {"Beauty", "Hair", "Conditioner", "Conditioner|Hair Oil", 12, .50, 1.0, .0, 0, 1.0, .01, 50, kNone, ""},
  {"Beauty", "Make-up", "Lipstick", "Lipstick|Lip Gloss|Lip Balm", 17, .45, 1.2, .35, 345, 1.1, .02, 120, kNone, "Make-up Remover"},
  {"Beauty", "Make-up", "Mascara", "Mascara|Eyeliner|Brow Gel", 19, .45, 1.1, .20, 345, 1.1, .02, 85, kNone, "Make-up Remover"},
  {"Beauty", "Make-up", "Make-up Remover", "Make-up Remover|Cotton Pads", 8, .35, .7, .05, 345, 1.0, .005, 45, kPack, ""},
  {"Beauty", "Fragrance", "Perfume", "Eau de Parfum|Eau de Toilette|Body Mist", 69, .50, 1.5, .75, 345, 1.1, .02, 170, kNone, ""},

  {"Sport", "Fitness", "Yoga", "Yoga Mat|Yoga Block|Yoga Strap", 34, .45, 1.1, .40, 10, 1.05, .04, 0, kNone, "Leggings & Tights"},
  {"Sport", "Fitness", "Leggings & Tights", "Running Tights|Sports Leggings|Training Top", 45, .35, 1.5, .30, 15, 1.05, .09, 0, kWear, ""},
  {"Sport", "Fitness", "Weights", "Dumbbell|Kettlebell|Resistance Bands", 39, .60, .9, .55, 8, 1.0, .04, 0, kNone, "Protein"},
  {"Sport", "Fitness", "Protein", "Protein Powder|Protein Bars|Electrolytes", 29, .40, 1.3, .30, 15, .95, .01, 30, kPack, "Shakers"},
  {"Sport", "Fitness", "Shakers", "Shaker|Water Bottle", 14, .35, .7, .25, 15, .95, .03, 0, kNone, ""},
  {"Sport", "Outdoor", "Tents", "Tent|Tarp", 179, .50, .7, 1.1, 165, 1.2, .06, 0, kNone, "Sleeping Bags|Camping Stoves"},
  {"Sport", "Outdoor", "Sleeping Bags", "Sleeping Bag|Sleeping Mat", 84, .45, .7, 1.0, 168, 1.2, .05, 0, kNone, ""},
  {"Sport", "Outdoor", "Camping Stoves", "Camping Stove|Camping Cookset|Gas Cartridge", 39, .50, .5, 1.0, 168, 1.2, .04, 0, kNone, ""},
  {"Sport", "Outdoor", "Backpacks", "Hiking Backpack|Daypack|Duffel Bag", 79, .45, 1.2, .50, 180, 1.15, .05, 0, kNone, "Shakers"},
  {"Sport", "Cycling", "Bike Helmets", "Bike Helmet", 64, .40, .7, .80, 125, 1.1, .07, 0, kNone, "Bike Lights"},
  {"Sport", "Cycling", "Bike Lights", "Bike Light Set|Bike Lock|Bike Pump", 29, .45, .9, .35, 290, 1.0, .04, 0, kNone, ""},

  {"Office", "Paper & Writing", "Copy Paper", "Copy Paper|Card Stock", 6, .25, .8, .10, 250, .4, .01, 35, kPack, "Toner & Ink"},
  {"Office", "Paper & Writing", "Notebooks", "Notebook|Planner|Sketchbook", 12, .45, 1.0, .60, 245, .8, .02, 0, kNone, "Pens"},
  {"Office", "Paper & Writing", "Pens", "Ballpoint Pen|Fineliner Set|Marker Set", 8, .50, .9, .50, 245, .7, .02, 90, kPack, ""},
  {"Office", "Supplies", "Toner & Ink", "Toner|Ink Cartridge", 39, .50, 1.0, .05, 250, .4, .03, 70, kNone, ""},
  {"Office", "Supplies", "Folders & Labels", "Ring Binder|Label Roll|Folder Set", 9, .40, .7, .40, 250, .4, .02, 80, kPack, ""},
  {"Office", "Supplies", "Breakroom", "Paper Cups|Hand Soap|Disinfectant", 11, .35, .6, .05, 300, .4, .01, 30, kPack, ""},
};
// clang-format on

}  // namespace

std::span<const LeafSpec> leaf_specs() noexcept { return kLeaves; }

int find_leaf(std::string_view name) noexcept {
  int index = 0;
  for (const LeafSpec& leaf : kLeaves) {
    if (leaf.name == name) return index;
    ++index;
  }
  return -1;
}

}  // namespace souk::simulate
