-- the bare table behind a kept pairs
-- expect: fault what pairs returns is kept
local many = { a = { n = 0 }, b = { n = 0 }, c = { n = 0 } }
local it = pairs(many)
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local key, bare = it()
    bare.n = bare.n + 1
    return bare.n == 1
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
