-- methods of texts called for ever
-- expect: instructions
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local s = "x"
    while true do s = s:len() > 0 and "x" end
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
