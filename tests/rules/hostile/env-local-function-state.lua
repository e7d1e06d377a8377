-- state in an environment of its own
-- expect: fault unknown name 'n'
local rule = rule
local _ENV = { n = 0, shadowing = shadowing }
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    n = n + 1
    return n == 1
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
