-- whatever can be read of a person is said aloud
-- expect: fires
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  recommend = function(need, person, school)
    local said = (person.contract or "") .. " " .. table.concat(person.formats, ",") .. " " .. tostring(person.minutes)
    return shadowing { because = said }
  end,
}
