-- a text that doubles
-- expect: memory
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local s = "x"
    while true do s = s .. s end
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
