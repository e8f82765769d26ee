"""Word classes that a part-of-speech tagger does not know, for `asyndm.noun_phrases`.

A tagger says that "beach" and "ball" are nouns; only meaning says that one is scenery and the other
an object. The line is that between *stuff* and *things* (Caesar et al., COCO-Stuff, CVPR 2018): a
thing has a size and a shape of its own. Each table is one class; entries are lower-case singulars
(see `is_in`). The tables are general vocabulary, not the words of any list of prompts.
"""

_IRREGULAR = {
    "children": "child", "feet": "foot", "geese": "goose", "men": "man", "mice": "mouse",
    "teeth": "tooth", "women": "woman",
}  # fmt: skip


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def singulars(word: str) -> tuple[str, ...]:
    """What a lower-case noun may be the plural of, itself first."""
    forms = [word]
    if word in _IRREGULAR:
        forms.append(_IRREGULAR[word])
    if word.endswith("s") and not word.endswith("ss"):
        forms.append(word[:-1])
    if word.endswith(("ses", "xes", "zes", "ches", "shes", "oes")):
        forms.append(word[:-2])
    if word.endswith("ies"):
        forms.append(word[:-3] + "y")
    if word.endswith("ves"):
        forms.extend((word[:-3] + "f", word[:-3] + "fe"))
    return tuple(forms)


def is_in(table: frozenset[str], word: str) -> bool:
    """Whether a lower-case word, or what it is the plural of, is in a table.

    Of a hyphenated word the last part decides, unless the whole is listed.
    """
    if any(form in table for form in singulars(word)):
        return True
    return "-" in word and is_in(table, word.rsplit("-", 1)[1])


# --- What a noun of a prompt may be, other than an object ---------------------------------------

SCENERY = _words("""
africa air airfield airport alley alleyway america apocalypse area arena asia atmosphere attic
auditorium aurora avenue backdrop backyard balcony ballroom barbershop barnyard basement bathroom
battlefield bay beach bedroom berlin boardroom boardwalk boulevard breeze bullpen bullring
cafeteria california campsite campus canal canteen canyon carpark casino cave ceiling cellar
cemetery city cityscape classroom clearing cliff cloud coast coastline concrete corner corridor
country countryside court courtyard crater creek crosswalk curb darkness deck desert dirt district
dock downpour downtown driveway dugout dune dungeon dust earth environment europe factory farm
farmhouse farmland farmyard field fire flame flood floor fog foliage forest foyer freeway frost
galaxy garage garden glacier glade grass grassland graveyard greenery ground gym hall hallway
hangar harbor harbour hedge highway hill hillside hilltop hole hollow home horizon hospital ice
infield interior intersection island jungle jupiter kitchen lab laboratory lagoon lake lakeside
land landscape lane lava lawn light lighting lightning lobby london lounge marina market
marketplace mars marsh meadow midair mist moon moonlight moonscape mound mountain mountainside
mountaintop mud nature nebula neighborhood neighbourhood nightclub nowhere ocean office orchard
outdoors outer outfield outside overpass paddock parade paris park parking parkland pasture path
pathway patio pavement peak pit place plain planet platform playground plaza pond pool porch port
prairie puddle racetrack rain rainbow rainforest rainstorm ravine reef region restroom ridge rink
river riverbank riverside road roadside roadway rome room ruin runway saloon sand saturn savanna
savannah scene scenery sea seabed seashore seaside shade shadow shore shoreline sidewalk skatepark
sky skyline slope smoke snow snowbank snowfall snowstorm soil somewhere space spray square stable
stadium stage stair staircase stairway starlight station steam storm stream street streetscape
studio suburb subway summit sun sunbeam sunlight sunrise sunset sunshine supermarket surf surface
surrounding swamp tarmac terminal terrace terrain thunder thunderstorm tokyo town track traffic
trail tundra tunnel underpass underwater universe valley vegetation venice venus vicinity village
vineyard volcano wall washroom water waterfall waterfront wave weather wetland wild wilderness
wind wood woodland woods world yard york zoo
""")

TIME = _words("""
afternoon age autumn century christmas dawn day daylight daytime decade dusk easter era evening
fall future halloween holiday hour instant midday midnight minute moment month morning night
nightfall nighttime noon past period season second spring summer sundown thanksgiving time today
tomorrow tonight twilight weekend winter year yesterday
""")

POSITION = _words("""
angle area back background base bottom center centre corner direction distance edge end foreground
front half height inside left length line location middle part place point position rear right rim
row side sidelines spot tip top underside way
""")

VIEW = _words("""
aesthetic anime art artstation artwork bird's-eye bokeh cartoon cinematic clipart close close-up
closeup collage coloring colouring comic composition concept cross-section cutaway depiction
detail diagram drawing emoji engraving etching film fisheye footage frame fresco graphic hdr icon
illustration image impression infographic isometric landscape lens logo macro masterpiece meme
mosaic mural negative page painting panorama pattern photo photograph photography picture polaroid
portrait print profile quality render rendering resolution scan scene screenshot section selfie
shot silhouette sketch snapshot still stock study style texture theme video view visualization
wallpaper watercolor watercolour woodcut
""")
"""Media and ways to look: "a photo of", "a side view of", "digital art"."""

MADE_PICTURES = _words("""
canvas drawing fresco illustration logo mosaic mural painting photo photograph picture portrait
print sketch snapshot watercolor watercolour
""")
"""Media that are objects where somebody works on them: "painting a portrait"."""

PARTS = _words("""
ankle antenna antler arm armrest back backside bangs beak beard belly blade body bonnet branch
breast brim bumper button cheek chest chin claw cockpit collar corner ear elbow eye eyebrow
eyelash face feather feeling fin finger fingernail fist foliage foot forehead fringe fur gill grin
groin hair hand handle handlebar head headlight heel hip hood hoof hooves horn hump jaw joint knee
lap lash leg lid limb lip lower mane midsection moustache mouth muscle mustache muzzle neck
neckline nose nostril paw peel petal pinky pocket pupil rib rind roof scale seam seat shoulder
side sill skin sleeve smile snout sole spine spout stem stinger stomach strand stripe tail
tentacle thigh throat thumb toe tongue tooth torso trunk tusk waist wheel whisker windowpane
windowsill windshield wing wrist
""")

LIQUID = _words("""
ale beer blood bourbon broth champagne cider cocoa coffee cream drink espresso gas gasoline gravy
honey ink juice ketchup latte lemonade liquid liquor mayonnaise milk mustard oil paint perfume rum
sauce shampoo smoke soda soup steam syrup tea vinegar vodka water whiskey whisky wine
""")
"""What belongs to the vessel it is in."""

CLOTHING = _words("""
apparel apron armor armour attire bandana bathrobe beanie belt beret bikini blazer blouse bodysuit
boot bow-tie bra bracelet cap cape cardigan cloak clothes clothing coat costume crown dress
earring eyeglasses footwear garb garment gear glasses glove goggles gown hat headband headphones
headscarf heels helmet hoodie jacket jean jeans jersey jewelry jumper jumpsuit kilt kimono legging
leggings leotard mask mitten necklace nightgown outfit overalls overcoat pajamas pants poncho
pullover pyjamas raincoat robe sandal sari scarf shirt shoe shorts skirt slipper sneaker snowsuit
sock spacesuit stocking suit sunglasses suspenders sweater sweatshirt swimsuit swimwear t-shirt
tailcoat tank-top tee tiara tie tights toga top trousers trunks tunic turban tutu tuxedo uniform
veil vest waistcoat wear wetsuit
""")

MEASURE = _words("""
arrangement array assortment bale batch bevy bit bunch bundle clump cluster collection colony
convoy couple crowd dozen drop fleet flock gaggle gang group half handful heap herd hive horde
hundred kind litter load loaf lot lump mass mixture mound mountain number ounce pack pair part
piece pile pinch pod portion pound pride quartet row school scoop selection sequence series set
shoal slice sort spoonful sprig stack string strip swarm team thousand ton trio troop type variety
wedge
""")
"""What "of" makes a measure: "a pair of scissors" shows scissors."""

ABSTRACT = _words("""
ability accident act action activity adventure advice age aid amount anger anybody anyone anything
appearance attempt attention backflip balance ballet battle beauty birthday break breakfast breath
brunch business calm camouflage celebration ceremony challenge championship chance change chaos
chase choice class color colour combat comfort command company competition concentration concern
concert condition confidence contact contest contrast control conversation cooking copy course
cruise culture cuteness dance danger deal death decision delight demonstration design despair
difference dining dinner dive dream ease effect effort emotion energy event everybody everyone
everything example excitement exercise exhibit experience experiment expression fact fair fame
fantasy fare fashion fear feel feeling fiction fight flight focus force form formation free
freedom fun fury game gaze gesture glee glimpse glory goodbye grace grief grind guess habit
handshake handstand happiness harmony haste hate headache health height hello help history hobby
honor hope hug hunger hunt idea innovation interest jog journey joy jump kick kindness kiss
knowledge labor lack laugh laughter leap learning lesson level life look lot love luck lunch magic
manner march match material meal meaning meditation meeting memory mess message method mid-air
mid-flight midair mind mistake mode mood motion move movement music mystery name nap need night
noise nothing one order other pain panic parade paradise party pass peace performance permission
picnic place plan play pleasure pose position posture power practice presence price pride process
product profit progress project promise public purpose push quality question race rage reality
reason relationship rest result rhythm ride risk role route routine rush sadness safety sale scale
scene scent science search secret sense serve service shade shape shock shopping show sight
silence situation size skill sleep smell solitude solo somebody someone something sorrow sound
speech speed spin spirit sport spot state steampunk step story strength stress stroll struggle
stuff stunt style success supper surprise swim symmetry talk task taste temperature tension terror
text theme thing thought tour tournament tradition tranquility travel tribute trick trip trouble
trust truth try turn twist use vacation value vibe victory view violence vision visit voice volume
wait walk war warmth way wealth whole wifi wisdom wish wonder word work worry youth zoom
""")
"""Activities, events, states, qualities; and pronouns that the tagger calls nouns."""

BUILDINGS = _words("""
bakery bank bar barn barracks bookstore boutique building bungalow cabin cafe café castle
cathedral chapel church cinema club cottage diner gallery greenhouse hotel house hut inn library
mall mansion monastery mosque motel museum palace pub restaurant school shed shop store
supermarket temple tent theater theatre university warehouse
""")
"""Objects from outside; places where something is in or at them."""

THING_COMPOUNDS = _words("""
board-game christmas-light ferris-wheel flash-light flood-light head-light ice-cream potter-wheel
spinning-wheel spot-light steering-wheel stop-light street-light string-light traffic-light
treasure-chest water-wheel whipped-cream
""")
"""Two words that name a thing although the second alone does not."""

# --- Corrections of the tagger ------------------------------------------------------------------

PICTURE_NOUNS = _words("""
alien anchor bat bear blind book bow bowl box brush can cherry chip clown convertible cook crane
cross dish drill drum duck fan fly fries frog guard handle hen iron jam kid light match microwave
mop mount nail net nut orange ostrich park pitcher plant plough plow present press puff ram remote
ring rose ruler saddle samurai saw screw seal shark sink skate slide slipper spring stamp stand
stew stick stool swallow swing toast train tram trap watch whip wrap
""")
"""Nouns of pictures that the tagger's news vocabulary takes for verbs or adjectives."""

ACTIONS = _words("""
approach balance bark bathe bite board bounce browse brush camp carry catch celebrate charge chase
chat cheer chew climb collide cook crawl cross crouch cruise cry cuddle dance dash dig dine dive
dock drift drink drive eat embrace exit face fall feed fight fish float fly gallop gather gaze
glide grab grasp graze greet grin grip guard hang herd hide hike hit hold hop hover howl hug hunt
hurdle jog juggle jump kick kiss kneel land laugh lay lead lean leap lick lie lift line live look
lounge march meet mount move nap nuzzle paddle parade park pass peek peer perch perform play point
pose pour practice preen prepare pull push race reach read relax rest ride roam roll run sail
salute scare serve shop show sing sip sit skate ski sled sleep slide smell smile smoke sniff soar
spray sprint stack stand stare step stretch stroll surf swim swing take talk taste toss touch
travel trot turn wade wait walk wash watch wave wear work yawn
""")
"""Verbs of captions whose forms the tagger may take for nouns ("the dog jumps")."""

ING_NOUNS = _words("""
awning bedding building clothing duckling dumpling earring gosling herring icing king offspring
pudding railing ring sapling scaffolding seedling serving sibling sling starling stocking string
swing thing topping viking wing
""")
"""Nouns in -ing that are things; every other noun in -ing is an activity."""

COLORS = _words("""
azure beige black blue brown crimson cyan gold golden gray green grey indigo ivory magenta maroon
navy pink purple red silver tan teal turquoise violet white yellow
""")
"""Never nouns after a determiner. Orange is not here: it is also a fruit."""

ABSTRACT_ENDINGS = (
    "ness", "ity", "tion", "sion", "ism", "hood", "ance", "ence", "graphy", "ology",
)  # fmt: skip
ABSTRACT_ENDINGS_EXCEPT = _words("""
ambulance appliance audience carnation celebrity concoction confection construction contraption
conveyance dandelion decoration deity entrance fence harness installation lance lioness mansion
prism residence television university
""")
