# Daily verbs. Each recipe is one thin line; the work lies in the commands.

export PATH := justfile_directory() / "node_modules/.bin" + ":" + env("PATH")

# lists the recipes
default:
    @just --list --unsorted

# boots the system on this terminal
boot *flags:
    npx uusi boot --serial {{flags}}

# boots, and puts each saved file into the running system
dev *flags:
    npx uusi dev {{flags}}

# early boot only: three lines
smoke *flags:
    npx uusi boot --smoke {{flags}}

# builds what has changed
build *flags:
    npx uusi build {{flags}}

# writes a bootable disk image
image *flags:
    npx uusi image {{flags}}

# runs everything, or the test files that are named
test *files:
    {{ if files == "" { "npm test" } else { "npx ava " + files } }}

# what is installed and what is missing
doctor:
    npx uusi doctor

# measures; names a benchmark or runs all
bench *flags:
    npx uusi bench {{flags}}

# the long campaigns that `just test` runs small
soak *files:
    LEIVOS_CAMPAIGN=soak npx ava --timeout=30m {{files}}

# lines of the nucleus, sizes of the images
size *flags:
    node ci/size/size.ts {{flags}}

# every foreign part with its licence
third-party *flags:
    node ci/third-party.ts {{flags}}

# lays out all sources
fmt:
    npx biome check --write .
    git ls-files '*.c' '*.h' | grep -v '\.gen\.h$' | xargs clang-format-14 -i

# lint, layout, types
lint:
    npx biome check .
    npx tsc --noEmit
