-- floats written out by .. for ever
-- expect: instructions
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local s
    while true do s = 1e-300 .. "" end
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
